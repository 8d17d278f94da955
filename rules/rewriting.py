"""A condition's source before it is parsed: durations become days, dotted names one symbol.

`120 days` -> `120`, `18 months` -> `548`, `account.Industry` -> one symbol of its own. A map of
offsets leads from the rewritten text back to what the admin typed, for the caret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rules.symbols import Symbols

DAYS_IN = {"d": 1.0, "w": 7.0, "mo": 30.4375, "y": 365.25}
"""Calendar days in a unit; a month is a twelfth of 365.25 days, the sum is rounded."""

ATTRIBUTES = frozenset({"as_lower", "as_upper", "length", "is_empty", "year", "month", "day"})
"""What may follow a dot and is not a field of the CRM."""

_KEYWORDS = frozenset(
    {"and", "or", "not", "in", "true", "false", "null", "inf", "nan", "if", "else", "elif", "while"}
)
_FOREIGN = {
    "AND": "and",
    "OR": "or",
    "NOT": "not",
    "IN": "in",
    "True": "true",
    "TRUE": "true",
    "False": "false",
    "FALSE": "false",
    "None": "null",
    "NULL": "null",
    "is": '==" or "!=',
    "IS": '==" or "!=',
    "equals": "==",
}
_TOKEN = re.compile(
    r"""(?P<string>[dtrsb]?(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\\\n])*(?P=quote))
      | (?P<duration>(?<![\w.])(?P<count>\d+(?:\.\d+)?)\s*
          (?P<unit>business\s+days?|days?|d|weeks?|w|months?|mo|years?|y)\b)
      | (?P<moons>(?<![\w.])\d+[ ]+(?!(?:and|or|in|not|if|else)\b)[A-Za-z]\w*)
      | (?P<comment>\#.*)
      | (?P<name>\$?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      | (?P<operator>&&|\|\||<>|(?<![=!<>])=(?![=~]))""",
    re.VERBOSE,
)
_ISO_DAYS = re.compile(r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?")
_OPERATORS = {"&&": "and", "||": "or", "<>": "!=", "=": "=="}
_DOT = "__dot__"


class SourceFault(ValueError):
    """A piece of the source that cannot stand; `offset` counts from 0 in what was typed."""

    def __init__(self, message: str, suggestion: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion
        self.offset = offset


@dataclass(slots=True)
class Rewritten:
    """`offsets` pairs positions in `text` with positions in the source, rising; `names` holds
    each name used, as typed, with the offset of its first use."""

    text: str = ""
    offsets: list[tuple[int, int]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    def source_offset(self, position: int) -> int:
        before = [(at, source) for at, source in self.offsets if at <= position]
        if not before:
            return position
        at, source = before[-1]
        return source + position - at

    def put(self, text: str, source_offset: int) -> None:
        self.offsets.append((len(self.text), source_offset))
        self.text += text


def rewrite(source: str, symbols: Symbols) -> Rewritten:
    """Raises `SourceFault` for words of other languages and units that mean nothing here."""
    rewritten = Rewritten()
    for piece, offset, match in _pieces(source):
        if match is None or match["string"]:
            rewritten.put(_string(piece, offset) if match else piece, offset)
        elif match["duration"]:
            rewritten.put(_days(match, offset), offset)
        elif match["comment"]:
            continue
        elif match["moons"]:
            suggestion = "use days, weeks, months or years"
            raise SourceFault(f'"{piece}" is no length of time', suggestion, offset)
        elif match["operator"]:
            right = _OPERATORS[piece]
            raise SourceFault(f'"{piece}" means nothing here', f'write "{right}"', offset)
        else:
            rewritten.put(_name(piece, offset, symbols, rewritten), offset)
    return rewritten


def typed_name(symbol: str) -> str:
    """The name as the admin typed it, from the parsed symbol."""
    return symbol.replace(_DOT, ".")


def _pieces(source: str) -> Iterator[tuple[str, int, re.Match[str] | None]]:
    end = 0
    for match in _TOKEN.finditer(source):
        if match.start() > end:
            yield source[end : match.start()], end, None
        yield match[0], match.start(), match
        end = match.end()
    if end < len(source):
        yield source[end:], end, None


def _string(piece: str, offset: int) -> str:
    if piece[0] != "t":
        return piece
    iso = _ISO_DAYS.fullmatch(piece[2:-1])
    if iso is None or not (iso["weeks"] or iso["days"]):
        raise SourceFault(f"{piece} is no number of days", 'write "30 days"', offset)
    return str(int(iso["weeks"] or 0) * 7 + int(iso["days"] or 0))


def _days(match: re.Match[str], offset: int) -> str:
    unit = match["unit"]
    if unit.startswith("business"):
        raise SourceFault(
            "conditions count calendar days", f'write "{match["count"]} days"', offset
        )
    key = "mo" if unit.startswith("mo") else unit[0]
    return str(round(float(match["count"]) * DAYS_IN[key]))


def _name(name: str, offset: int, symbols: Symbols, rewritten: Rewritten) -> str:
    if name in _KEYWORDS:
        return name
    if name == "for":
        raise SourceFault("a condition cannot loop", 'write "name in [...]"', offset)
    if name in _FOREIGN:
        right = _FOREIGN[name]
        raise SourceFault(f'"{name}" is not a word of conditions', f'write "{right}"', offset)
    if name in ("$now", "$today"):  # rule-engine's own names; ours is an argument, not a clock
        name = "today"
    if name.startswith("$"):
        raise SourceFault(
            f'"{name}": functions are not available', "compare names with values", offset
        )
    head, attribute = _split_attribute(name)
    if "." in head and head.partition(".")[0] not in symbols.namespaces and not symbols.open_names:
        first = head.partition(".")[0]
        known = ", ".join(sorted(f"{space}.X" for space in symbols.namespaces))
        raise SourceFault(f'"{first}" has no fields', f"only {known} have" if known else "", offset)
    rewritten.names.setdefault(head, offset)
    return head.replace(".", _DOT) + attribute


def _split_attribute(name: str) -> tuple[str, str]:
    head, dot, last = name.rpartition(".")
    return (head, f".{last}") if dot and last in ATTRIBUTES else (name, "")
