"""Three-way: what we want, what stands in the CRM now, what we wrote last."""

from __future__ import annotations

import pytest

from integration.reconcile import fields
from rules.model import Field

WRITE, THEIRS, LEAVE = "write", "theirs", "leave"
ABSENT, NEVER = "the field is not shown", "never written by us"


@pytest.mark.parametrize(
    ("wanted", "now", "written", "then"),
    [
        ("price", None, NEVER, WRITE),
        ("price", "", NEVER, WRITE),  # some CRMs show an empty text for nothing
        ("price", "price", NEVER, THEIRS),  # so that it stays theirs when they clear it
        ("price", "service", NEVER, THEIRS),  # filled by a person before us
        ("price", "price", "price", LEAVE),
        ("service", "price", "price", WRITE),
        ("service", "quality", "price", THEIRS),  # changed by a person
        ("service", None, "price", THEIRS),  # cleared by a person
        ("service", "service", "price", THEIRS),  # or it would be ours again when they go back
        ("price", "Price", "price", LEAVE),  # the picklist's own spelling
        ("Globex of Ulm", "Globex of…", "Globex of Ulm", LEAVE),  # what fits into a short field
        ("Globex of Ulm", "Initech of…", "Globex of Ulm", THEIRS),
        (None, "price", "price", WRITE),
        (None, None, "price", THEIRS),  # cleared by a person, as we would have
        ("price", ABSENT, NEVER, WRITE),  # asked for once, so that its absence is told
        ("price", ABSENT, "price", WRITE),
    ],
)
def test_fields(wanted: str | None, now: str | None, written: str | None, then: str) -> None:
    difference = fields(
        {Field.REASON: wanted},
        {} if now == ABSENT else {Field.REASON: now},
        {} if written == NEVER else {Field.REASON: written},
    )
    assert difference.write == ({Field.REASON: wanted} if then == WRITE else {})
    assert difference.theirs == ((Field.REASON,) if then == THEIRS else ())


def test_what_is_theirs_stays_theirs_even_when_it_is_empty_again() -> None:
    wanted = {Field.REASON: "price", Field.STATUS: "open"}
    now: dict[Field, str | None] = {Field.REASON: None, Field.STATUS: None}
    difference = fields(wanted, now, {}, theirs=frozenset({Field.REASON}))
    assert difference.write == {Field.STATUS: "open"}
