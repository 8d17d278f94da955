"""Where each key and value of a TOML file stands; `tomllib` keeps no positions.

Takes only text that `tomllib` has read without complaint, so it checks nothing itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rules.fault import Path

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{1,2}(?!"))?'
    r"|'''.*?'''(?:'{1,2}(?!'))?"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"\d{4}-\d\d-\d\d[ Tt]\d\d:[\d:.]+(?:[Zz]|[+-]\d\d:\d\d)?|[^\s,\]}#]+")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the text, counted from 1 as editors do."""

    line: int
    column: int


class Positions:
    """Offsets of keys and values by path; a path that is not there leads to the nearest above."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._keys: dict[Path, int] = {}
        self._values: dict[Path, int] = {}
        _Scanner(text, self._keys, self._values).scan()

    def spot(self, path: Path, column: int | None = None, *, of_key: bool = False) -> Spot:
        """Of the value; with `column`, of that character (from 0) of the text that it is. Of the
        key, where that is wrong, or where the path leads to a table or to nothing."""
        while path and path not in self._keys:
            of_key = of_key or not isinstance(path[-1], int)
            path, column = path[:-1], None
        offset = self._keys.get(path, 0)
        if not of_key and path in self._values:
            offset = self._values[path]
            inside = None if column is None else self._inside(offset, column)
            offset = offset if inside is None else inside
        before = self._text[:offset]
        return Spot(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)

    def written(self, path: Path) -> str:
        """A value that is no text, list or table, as it stands there."""
        found = _SCALAR.match(self._text, self._values[path]) if path in self._values else None
        return found[0] if found else ""

    def line(self, number: int) -> str:
        """A line of the text, from 1."""
        lines = self._text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def _inside(self, start: int, column: int) -> int | None:
        """Offset of a character of a string's value; None where escapes shift it."""
        match = _STRING.match(self._text, start)
        if match is None or "\\" in match[0]:
            return None
        quotes = 3 if match[0][:3] in ('"""', "'''") else 1
        begin = start + quotes
        if quotes == 3 and self._text[begin : begin + 1] == "\n":
            begin += 1  # TOML drops the line break right after the quotes
        return min(begin + column, match.end() - quotes)


class _Scanner:
    def __init__(self, text: str, keys: dict[Path, int], values: dict[Path, int]) -> None:
        self._text = text
        self._at = 0
        self._keys = keys
        self._values = values
        self._last: dict[Path, int] = {}  # index of the last [[table]] of each list

    def scan(self) -> None:
        table: Path = ()
        while True:
            self._skip(_BLANK)
            if self._at >= len(self._text):
                return
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        start = self._at
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        parts = [name for name, _ in self._dotted()]
        self._at += 2 if many else 1
        path: Path = ()
        for part in parts[:-1]:
            path = self._entered((*path, part), start)
        path = (*path, parts[-1])
        if not many:
            return self._entered(path, start)
        self._last[path] = self._last.get(path, -1) + 1
        self._keys.setdefault(path, start)
        path = (*path, self._last[path])
        self._keys[path] = start
        return path

    def _entered(self, path: Path, offset: int) -> Path:
        """The path, with the index of the last table where it names a list of tables."""
        self._keys.setdefault(path, offset)
        return (*path, self._last[path]) if path in self._last else path

    def _pair(self, table: Path) -> None:
        path = table
        for name, offset in self._dotted():
            path = (*path, name)
            self._keys.setdefault(path, offset)
        self._at += 1  # the sign =
        self._skip(_SPACE)
        self._value(path)

    def _dotted(self) -> list[tuple[str, int]]:
        """A key's parts and where each begins; ends at the sign after it."""
        parts: list[tuple[str, int]] = []
        while True:
            self._skip(_SPACE)
            start = self._at
            quoted = _STRING.match(self._text, start)
            match = quoted or _BARE_KEY.match(self._text, start)
            if match is None:
                return parts
            self._at = match.end()
            parts.append((match[0][1:-1] if quoted else match[0], start))
            self._skip(_SPACE)
            if self._peek() != ".":
                return parts
            self._at += 1

    def _value(self, path: Path) -> None:
        self._values[path] = self._at
        self._keys.setdefault(path, self._at)
        match self._peek():
            case "[":
                self._members(path, "]")
            case "{":
                self._members(path, "}")
            case _:
                found = _STRING.match(self._text, self._at) or _SCALAR.match(self._text, self._at)
                self._at = found.end() if found else self._at + 1

    def _members(self, path: Path, end: str) -> None:
        """The members of an array (`]`) or of an inline table (`}`)."""
        self._at += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self._at >= len(self._text) or self._peek() == end:
                self._at += 1
                return
            if self._peek() == ",":
                self._at += 1
            elif end == "}":
                self._pair(path)
            else:
                self._value((*path, index))
                index += 1

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at
