"""The words of a query."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.sandbox.salesforce.soql.syntax import Malformed

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d(?![\dT]))
  | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::\d+)?)
  | (?P<sign><=|>=|!=|<>|[=<>(),])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\",
}  # fmt: skip
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is string, datetime, date, number, name, sign or end."""

    kind: str
    text: str
    at: int

    def is_word(self, *words: str) -> bool:
        return self.kind == "name" and self.text.upper() in words


def tokens(text: str) -> list[Token]:
    """All tokens and the end. Raises Malformed at the first sign that means nothing."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Malformed(text, at, f"line 1:{at} unexpected character: '{text[at]}'")
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind, match.group(), at))
        at = match.end()
    found.append(Token("end", "<EOF>", len(text)))
    return found


def unescaped(text: str, token: Token, keep_wildcards: bool = False) -> str:
    r"""The value of a quoted string; for LIKE `\_` and `\%` stay as they are."""

    def one(match: re.Match[str]) -> str:
        sign = match.group(1)
        if sign in ("_", "%"):
            return "\\" + sign if keep_wildcards else sign
        if sign.startswith("u") and len(sign) == 5:
            return chr(int(sign[1:], 16))
        if sign == "\\" and keep_wildcards:
            return "\\\\"
        if sign not in _ESCAPES:
            raise Malformed(text, token.at, f"Invalid string literal '{token.text[1:-1]}'")
        return _ESCAPES[sign]

    return _ESCAPE.sub(one, token.text[1:-1])
