"""Record ids: three characters of key prefix, twelve of number, three of checksum.

The checksum makes ids safe to compare without regard to case; the alphabet of the number is in
ASCII order, so that ids made later sort later. Ids that a CSV folder brings along and that are
not of this shape are kept as they are.
"""

from __future__ import annotations

import re
from collections import Counter

_SHAPED = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\Z")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def checksum(short: str) -> str:
    """The suffix of a 15-character id: one letter for the capitals of each five characters."""
    suffix = ""
    for start in (0, 5, 10):
        chunk = short[start : start + 5]
        suffix += _CHECK[sum(1 << place for place, sign in enumerate(chunk) if sign.isupper())]
    return suffix


def is_shaped(id: str) -> bool:
    return _SHAPED.match(id) is not None


def full(id: str) -> str:
    """The 18-character form of a 15-character id; anything else as it is."""
    return id + checksum(id) if len(id) == 15 and is_shaped(id) else id


class IdMaker:
    """Numbers records per key prefix."""

    def __init__(self) -> None:
        self._last: Counter[str] = Counter()

    def next(self, prefix: str) -> str:
        self._last[prefix] += 1
        return full(prefix + "Wb0" + _base62(self._last[prefix], 9))


def _base62(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits.rjust(width, "0")
