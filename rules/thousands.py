"""Numbers whose dot may be meant to part thousands: 50.000 is fifty in TOML. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rules.fault import Fault, Path
from rules.positions import Positions

_DOTTED = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_NOT_MONEY = (("company", "rates"),)
"""Where three digits after the dot are what one writes."""


def dotted_thousands(file: Mapping[str, object], text: str) -> Iterator[Fault]:
    """What check warns of."""
    positions = Positions(text)
    for path, number in _numbers((), file):
        written = positions.written(path)
        if _DOTTED.fullmatch(written) and path[:2] not in _NOT_MONEY:
            whole = written.replace(".", "")
            yield Fault(
                path, f"{written} is {number:g} here: the dot begins the decimals", f"write {whole}"
            )


def _numbers(path: Path, value: object) -> Iterator[tuple[Path, float]]:
    if isinstance(value, float):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers((*path, key), inner)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _numbers((*path, index), member)
