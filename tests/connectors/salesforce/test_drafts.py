"""Task drafts as Salesforce takes them: bodies cut before the key, priorities by their names."""

from __future__ import annotations

import pytest

from connectors.salesforce.drafts import BODY_LENGTH, body, priority
from connectors.salesforce.schema import parse_describe
from rules.model import Priority

KEY = "[winback:r1:listen:0]"


@pytest.mark.parametrize(
    ("text", "note", "expected"),
    [
        (f"Why\n\n{KEY}", None, f"Why\n\n{KEY}"),
        (f"Why\n\n{KEY}\n", "Back.", f"Why\n\nBack.\n{KEY}"),
        (KEY, "Back.", f"Back.\n{KEY}"),
        (f"Why\n{KEY}\nI called them", "Back.", f"Why\n{KEY}\nI called them\n\nBack."),
        ("", "Back.", "Back."),
        ("a\0b", None, "ab"),
    ],
)
def test_bodies_and_notes(text: str, note: str | None, expected: str) -> None:
    assert body(text, note) == expected


def test_a_long_body_is_cut_above_the_key() -> None:
    cut = body("é" * 40_000 + f"\n{KEY}", "Back.")
    assert len(cut) == BODY_LENGTH
    assert cut.endswith(f"…\n{KEY}")


@pytest.mark.parametrize(
    ("values", "expected"),
    [(["High", "Normal"], "High"), (["HIGH"], "HIGH"), (["Hoch", "Normal"], None), ([], "High")],
)
def test_priority_in_the_orgs_own_words(values: list[str], expected: str | None) -> None:
    picklist = [{"value": value, "active": True} for value in values]
    field = {"name": "Priority", "type": "picklist", "picklistValues": picklist}
    assert priority(Priority.HIGH, parse_describe("Task", {"fields": [field]})) == expected
