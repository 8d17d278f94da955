"""Walking a rule file as it was written, whatever shape its values have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.fault import Path

Table = Mapping[str, object]


def tables(file: Table, section: str) -> Iterator[tuple[Path, Table]]:
    """Every `[[section]]` or `[section]` that is a table; `playbook.task` for the inner ones."""
    head, _, rest = section.partition(".")
    for path, table in _level((), file, head):
        if not rest:
            yield path, table
        else:
            yield from _level(path, table, rest)


def _level(path: Path, table: Table, key: str) -> Iterator[tuple[Path, Table]]:
    value = table.get(key)
    if isinstance(value, Mapping):
        yield (*path, key), value
    elif isinstance(value, list):
        for index, member in enumerate(value):
            if isinstance(member, Mapping):
                yield (*path, key, index), member


def texts_at(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    """The texts of a value that may be one text or a list, each with its place."""
    if isinstance(value, str):
        yield path, value
    for index, member in enumerate(value if isinstance(value, list) else []):
        if isinstance(member, str):
            yield (*path, index), member


def texts_of(value: object) -> list[str]:
    """The texts of a value that may be one text or a list."""
    return [text for _, text in texts_at((), value)]
