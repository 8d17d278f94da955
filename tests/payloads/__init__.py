"""What CRMs push, one file a condition, in the shapes that their documentation and samples show."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def payload(name: str) -> bytes:
    """The bytes of a file, such as `hubspot/merge.json`."""
    return (FOLDER / name).read_bytes()
