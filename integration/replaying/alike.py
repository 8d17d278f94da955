"""Which revisions of the rules read a note as a given text does: then the ledger's reading holds,
and a replay need not read the note anew."""

from __future__ import annotations

import tomllib
from typing import Any

from sqlalchemy import Connection

from integration.store import revisions


def reads_alike(connection: Connection, text: str) -> frozenset[int]:
    """Revisions that were in force only since all that were in force read alike: a reason that
    was written down under one of them was never read by other rules afterwards."""
    wanted = _reading(text)
    past = revisions.history(connection)
    since = len(past)
    while since > 0 and _reading(past[since - 1].text) == wanted:
        since -= 1
    other = {revision.number for revision in past[:since]}
    return frozenset(revision.number for revision in past[since:]) - other


def _reading(text: str) -> tuple[Any, ...] | None:
    """What a text says about reading notes; None of one that is no TOML any more."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    company = said.get("company", {})
    return (
        said.get("reason"),
        said.get("words"),
        company.get("competitors"),
        said.get("competitors"),
    )
