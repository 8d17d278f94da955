"""What a replay says of tasks and reps."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from integration.replaying.counts import Counts
from integration.replaying.differing import values
from integration.replaying.report import File, side
from rules.model import Owner
from rules.replay import Window
from tests.rules import cases


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("Hand-over: Ann is away.", "", 'text without "Hand-over: Ann is away."'),
        ("", "Offer nothing.", 'text with "Offer nothing." added'),
        ("Call.", "Write.", 'text "Call." -> "Write."'),
    ],
)
def test_a_paragraph_that_one_file_alone_has(before: str, after: str, said: str) -> None:
    body: dict[str, Any] = {"body": {"in_force": before, "new": after}}
    one = {"tasks_changed": [{"task": "p / call", "changed": body}]}
    assert list(values(one)) == [f"p / call: {said}"]


def test_who_has_a_user_in_two_crms_is_told_with_the_crm() -> None:
    on = date(2026, 6, 1)
    counts = Counts()
    counts.tasks.update({("sales", "U1", on): 3, ("hub", "7", on): 2, ("hub", "8", on): 1})
    people = {
        ("sales", "U1"): Owner("U1", "Ann Lee", "ann@acme.example"),
        ("hub", "7"): Owner("7", "Ann Lee", "ann@acme.example"),
        ("hub", "8"): Owner("8", "Bob Roe", "bob@acme.example"),
    }
    tasks = side(File("new.toml", cases.rules(), counts), people, Window(on, on))["tasks"]
    names = [rep["name"] for rep in tasks["by_rep"]]
    assert names == ["Ann Lee (sales)", "Ann Lee (hub)", "Bob Roe"]
    assert tasks["worst_day"]["name"] == "Ann Lee (sales)"
