"""The only place where text becomes SOQL: quoting, checked names, lists that fit into a URI."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote_plus

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\b": "\\b",
        "\f": "\\f",
    }
)
URI_BYTES = 12_000
"""Salesforce takes 16,384 bytes of address and headers together; a token can be long."""


def name(identifier: str) -> str:
    """An object's or a field's name, unchanged. Raises ValueError for anything else."""
    if not _NAME.fullmatch(identifier):
        raise ValueError(f"not a Salesforce name: {identifier[:60]!r}")
    return identifier


def is_name(identifier: str) -> bool:
    return _NAME.fullmatch(identifier) is not None


def text(value: str) -> str:
    return "'" + value.translate(_ESCAPES) + "'"


def instant(at: datetime) -> str:
    """A datetime literal; milliseconds, and microseconds only where the CRM has shown some."""
    at = at.astimezone(UTC)
    digits = "microseconds" if at.microsecond % 1000 else "milliseconds"
    return at.replace(tzinfo=None).isoformat(timespec=digits) + "Z"


def select(fields: Sequence[str], type: str, where: str = "", order: Sequence[str] = ()) -> str:
    """`where` must be made of this module's pieces."""
    parts = [f"SELECT {', '.join(map(name, fields))} FROM {name(type)}"]  # noqa: S608 - all of it checked
    if where:
        parts.append(f"WHERE {where}")
    if order:
        parts.append(f"ORDER BY {', '.join(map(name, order))}")
    return " ".join(parts)


def in_lists(field: str, values: Sequence[str], room: int = URI_BYTES) -> Iterator[str]:
    """`field IN (...)` conditions for all values, each short enough for one call's address.

    `room` is in bytes as they stand in the address.
    """
    head = f"{name(field)} IN ("
    chunk: list[str] = []
    size = 0
    for value in values:
        piece = text(value)
        bytes_needed = len(quote_plus(piece)) + 3
        if chunk and size + bytes_needed > room:
            yield head + ",".join(chunk) + ")"
            chunk, size = [], 0
        chunk.append(piece)
        size += bytes_needed
    if chunk:
        yield head + ",".join(chunk) + ")"
