"""What a host installs may be used by a company in whatever it does: by the licence that each
package declares."""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from tests.test_whole import pins

PERMISSIVE = re.compile(
    r"(?i)\b(0bsd|apache|bsd|cc0|isc|mit|psf|python software foundation|zlib|zope)"
)
OTHERS = {
    "certifi": "MPL",  # a list of certificates; what we never change
    "psycopg": "LGPL",  # a library that is used as it is, and could be replaced by its user
    "psycopg-binary": "LGPL",
    "psycopg-pool": "LGPL",
}
ELSEWHERE = {"tzdata"}
"""Pinned for systems without time zones of their own; here it may not be installed."""


def test_every_package_that_is_shipped_has_a_licence_that_allows_it() -> None:
    for name in pins("requirements.txt"):
        try:
            licence = declared(metadata(name))
        except PackageNotFoundError:
            assert name in ELSEWHERE, name
            continue
        if name in OTHERS:
            assert OTHERS[name] in licence, name
        else:
            assert PERMISSIVE.search(licence), f"{name}: {licence}"
            assert "GPL" not in licence, f"{name}: {licence}"


def declared(package: PackageMetadata) -> str:
    """The licence's name, not its text."""
    by_class = (one.rpartition(" :: ")[2] for one in _all(package, "Classifier", "License :: "))
    found = (*_all(package, "License-Expression"), "; ".join(by_class), *_all(package, "License"))
    return next(filter(None, found), "").partition("\n")[0]


def _all(package: PackageMetadata, name: str, start: str = "") -> list[str]:
    return [one for one in package.get_all(name) or () if one.startswith(start)]
