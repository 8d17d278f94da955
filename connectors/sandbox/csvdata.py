"""A folder of CSV files as the contents of the two CRMs: one file per object, named after it.

Headers are the CRM's own property names. Salesforce's objects begin with a capital or end in
`__c`; HubSpot's are lower-case plurals. What a column holds is told by the CRM's own schema, by
`_schema.json` ({object: {field: {"type": ...}}}), or by its looks.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMA_FILE = "_schema.json"
_SAMPLE = 50
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?\Z")
_LOOKS: dict[str, re.Pattern[str]] = {
    "boolean": re.compile(r"(?:true|false)\Z", re.IGNORECASE),
    "date": _DATE,
    "datetime": _INSTANT,
    "number": _NUMBER,
}


@dataclass(slots=True)
class Column:
    """What the values of one column look like. `kind` is text, boolean, date ... or number."""

    name: str
    kinds: set[str] = field(default_factory=lambda: set(_LOOKS))
    longest: int = 0
    sample: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        if not self.sample:
            return "text"
        return next((kind for kind in _LOOKS if kind in self.kinds), "text")

    def see(self, value: str) -> None:
        if not value:
            return
        self.longest = max(self.longest, len(value))
        if len(self.sample) < _SAMPLE:
            self.sample.append(value)
        if self.kinds:
            self.kinds = {kind for kind in self.kinds if _LOOKS[kind].match(value)}


def is_salesforce(object_name: str) -> bool:
    return object_name[:1].isupper() or object_name.endswith("__c")


def files(folder: Path) -> list[Path]:
    """The CSV files of the folder, by name. Raises NotADirectoryError."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder of CSV files")
    return sorted(folder.glob("*.csv"))


def rows(path: Path) -> Iterator[list[str]]:
    """The header, then the rows; a byte-order mark is dropped. Rows are as wide as the header."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text)
        header = [name.strip() for name in next(reader, [])]
        yield header
        for row in reader:
            if row:
                yield (row + [""] * len(header))[: len(header)]


def columns(path: Path, wanted: set[str] | None = None) -> list[Column]:
    """The looks of the columns (of those in `wanted` alone), by reading the whole file."""
    lines = rows(path)
    header = next(lines, [])
    seen = [Column(name) for name in header]
    looked_at = [
        (place, one) for place, one in enumerate(seen) if wanted is None or one.name in wanted
    ]
    if looked_at:
        for row in lines:
            for place, one in looked_at:
                one.see(row[place])
    return [one for _, one in looked_at]


def schema(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """What `_schema.json` says; nothing where there is none."""
    path = folder / SCHEMA_FILE
    if not path.exists():
        return {}
    found: dict[str, dict[str, dict[str, Any]]] = json.loads(path.read_text("utf-8"))
    return found
