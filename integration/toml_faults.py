"""A file that is no TOML: where, and in the words of somebody who does not know TOML."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rules.fault import Fault

_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_OTHER_DAY = re.compile(r"""(?<!["'\w])\d{1,2}[./]\d{1,2}[./]\d{2,4}\b""")
_TEXT = re.compile(r""""[^"]*"?|'[^']*'?""")
_SIGNS = dict.fromkeys("<>!", "write won_value.gte = 50000; there are gte, gt, lte, lt and ne") | {
    ":": "write = in its place"
}
_CURLY = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_LISTS = "several of a kind take double brackets: [[watch]]"

_WORDS = (
    (
        r"Illegal character '\\n'",
        "a text does not end on its line",
        'add the closing quote; a text of several lines stands between """ and """',
    ),
    (r"Unterminated string", "a text does not end", 'add the closing """'),
    (r"Unescaped '\\'", "a backslash means something else here", "write two, or use single quotes"),
    (
        r"Unclosed array",
        "a list is not closed, or a comma is missing in it",
        "look here and in the lines above; a list ends with ]",
    ),
    (
        r"Unclosed inline table|Invalid initial character for a key part",
        "a table in braces is not closed on its line",
        "write { a = 1, b = 2 } on one line, without a comma at its end",
    ),
    (r"Cannot overwrite a value", "the same thing is there twice", f"leave one out; {_LISTS}"),
    (r"Cannot declare (.+) twice", "the same table is there twice", _LISTS),
    (r"Expected '=' after a key", "a key stands without a value", "write key = value"),
    (
        r"Expected newline or end of document",
        "something is left over after the value",
        "one key = value on each line; texts in quotes, days as 2026-01-31, numbers as 50000",
    ),
    (r"Invalid statement", "no key stands here", "write key = value"),
)
"""What the parser of Python's library says, and what an admin has to know."""


@dataclass(frozen=True, slots=True)
class NotToml:
    """`line` and `column` count from 1, `source` is that line."""

    line: int
    column: int
    fault: Fault
    source: str


def not_toml(error: Exception, text: str) -> NotToml:
    """`error` is what `tomllib` raises for the text."""
    message = str(error)
    match = _PLACE.search(message)
    lines = text.splitlines() or [""]
    line, column = len(lines), len(lines[-1]) + 1
    if match and match[1]:
        line, column = int(match[1]), int(match[2])
    source = lines[line - 1] if line <= len(lines) else ""
    said, suggestion = _in_words(_PLACE.sub("", message), source[column - 1 :])
    if message.startswith("Cannot overwrite") and source.lstrip().startswith("[["):
        said = "this comes after a table that belongs inside it, or is there otherwise as well"
        suggestion = "[[playbook.task]] stands below its [[playbook]]"
    if _OTHER_DAY.search(_TEXT.sub('""', source).partition("#")[0]):
        said, suggestion = "a day is written otherwise", "write 2026-12-24, the year first"
    return NotToml(line, column, Fault((), f"is not TOML: {said}", suggestion), source)


def _in_words(message: str, rest: str) -> tuple[str, str]:
    """`rest` is the line from the place on."""
    if message == "Invalid value":
        return _no_value(rest)
    if message.startswith("Expected '=' after a key") and rest[:1] in _SIGNS:
        return f"{rest[:1]} means nothing here", _SIGNS[rest[:1]]
    for pattern, said, suggestion in _WORDS:
        if re.match(pattern, message):
            return said, suggestion
    return f"{message[:1].lower()}{message[1:]}", ""


def _no_value(rest: str) -> tuple[str, str]:
    if rest[:1] and rest[0] in _CURLY:
        return "these quotes are none", 'write straight ones: "'
    if rest[:1] == "=":
        return "one = is enough", "write key = value"
    word = re.match(r"[^\W\d]\w*", rest)
    if word is None:
        return "no value stands here", "write a text in quotes, a number, true or false"
    if word[0].lower() in ("true", "false", "yes", "no"):
        right = "true" if word[0].lower() in ("true", "yes") else "false"
        return f"{word[0]} is no value", f"write {right}, in small letters"
    return f"{word[0]} is no value", 'write a text in quotes: "..."'
