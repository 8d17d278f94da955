"""The text of a task: what the rep reads, and what stands there where a CRM lacks a field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rules.calendar import Due
from rules.drafting import facts_in_words, task_body, with_note, with_skipped
from rules.how_to_answer import APPROVING, PERMITTING, STOPPING_BY_DELETING, without_outcome


def body(text: str = "Call them.", **changes: Any) -> str:
    usual: dict[str, Any] = {
        "notes": (),
        "link": "https://crm.example/1",
        "why": ("they left",),
        "would_change": ("a win",),
        "key": "r:listen:1",
    }
    return task_body(text, **{**usual, **changes})


def test_the_why_card_says_what_closes_the_task_where_something_does() -> None:
    assert "It closes by itself after a win." in body()
    assert "It closes by itself after a win, a stop or a reopened deal." in body(
        would_change=("a win", "a stop", "a reopened deal")
    )
    assert "closes by itself" not in body(would_change=())


def test_a_note_stands_above_the_link_and_the_marker_stays_last() -> None:
    noted = with_note(body(), "Hand-over: Ann has left.")
    assert noted == body(notes=("Hand-over: Ann has left.",))
    assert noted.splitlines()[-1] == "[winback:r:listen:1]"
    bare = with_note("[winback:r:listen:1]", "Hand-over: Ann has left.")
    assert bare.splitlines()[-1] == "[winback:r:listen:1]"


def test_another_due_date_names_its_own_holidays_only() -> None:
    may_day = Due(date(2026, 5, 4), ((date(2026, 5, 1), "May Day"),))
    moved = with_skipped(body(), may_day)
    assert "The due date skips 1 May 2026 (May Day)." in moved
    assert with_skipped(moved, Due(date(2026, 5, 5), ())) == body()


def test_a_crm_without_an_outcome_on_tasks_is_told_how_else_to_answer() -> None:
    told = without_outcome(body(f"{APPROVING}\n{PERMITTING}"))
    assert "win-back outcome" not in told
    assert STOPPING_BY_DELETING in told
    assert "Done means yes. For no, delete the task" in told
    assert 'set the win-back permission of the contact to "yes" or "no"' in told
    assert without_outcome("Call them.") == "Call them."


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "reason unknown"),
        (
            {"wins": 1, "won_value": Decimal(1200), "category": "no_need", "tier": "key"},
            "bought once for EUR 1,200, tier key, reason no need",
        ),
        (
            {"wins": 2, "today": date(2026, 6, 15), "days_since_win": 14},
            "bought 2 times, last on 1 June 2026, reason unknown",
        ),
        ({"permission": "yes"}, "reason unknown, they gave permission to keep in touch"),
        ({"permission": "no"}, "reason unknown"),
    ],
)
def test_the_facts_that_a_rep_wants_to_see(facts: dict[str, Any], words: str) -> None:
    assert facts_in_words(facts, "EUR") == words
