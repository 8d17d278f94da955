"""A task as HubSpot properties, and the key found again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from connectors.base import TaskChange
from connectors.hubspot.drafts import (
    MOST_BODY,
    change_properties,
    create_properties,
    key_of,
    with_note,
)
from rules.model import Priority, TaskDraft
from rules.task_lengths import SUBJECT_LIMIT

DRAFT = TaskDraft(
    key="r7:listen:1",
    subject="Call Zoë",
    body='She said: "<b>never</b> & again"\nBe kind.\n[winback:r7:listen:1]',
    due_on=date(2026, 11, 24),
    due_at=datetime(2026, 11, 24, 9, tzinfo=UTC),
    owner_id="42",
    account_id="1",
    priority=Priority.NORMAL,
)


def test_a_draft_becomes_properties() -> None:
    assert create_properties(DRAFT, with_key=True) == {
        "hs_timestamp": "2026-11-24T09:00:00.000Z",
        "hs_task_subject": "Call Zoë",
        "hs_task_body": 'She said: "&lt;b&gt;never&lt;/b&gt; &amp; again"<br>Be kind.'
        "<br>[winback:r7:listen:1]",
        "hs_task_status": "NOT_STARTED",
        "hs_task_priority": "MEDIUM",
        "hs_task_type": "TODO",
        "hubspot_owner_id": "42",
        "winback_key": "r7:listen:1",
    }


def test_a_portal_without_our_property_gets_the_marker_alone() -> None:
    made = create_properties(DRAFT, with_key=False)
    assert "winback_key" not in made
    assert key_of(made) == DRAFT.key


def test_a_body_beyond_the_limit_keeps_its_marker_and_no_half_entity() -> None:
    made = create_properties(
        replace(DRAFT, subject="x" * 400, body="&" * 50_000 + "\n[winback:r7:listen:1]"), False
    )
    body = made["hs_task_body"]
    assert len(body) <= MOST_BODY
    assert body.endswith("&amp;…<br>[winback:r7:listen:1]")
    assert len(made["hs_task_subject"]) <= SUBJECT_LIMIT


def test_a_marker_in_quoted_words_is_not_taken_for_ours() -> None:
    quoted = replace(DRAFT, body="They wrote [winback:other:x:9] to us\n[winback:r7:listen:1]")
    assert key_of(create_properties(quoted, with_key=False)) == "r7:listen:1"
    assert key_of({"hs_task_body": "Call about the winback programme"}) is None


def test_a_note_goes_before_the_marker() -> None:
    body = create_properties(DRAFT, with_key=False)["hs_task_body"]
    noted = with_note(body, "Closed: <won back>")
    assert noted.endswith("Be kind.<br>Closed: &lt;won back&gt;<br>[winback:r7:listen:1]")
    assert with_note("", "Closed") == "Closed"


def test_a_change_names_only_what_changes() -> None:
    assert change_properties(TaskChange(owner_id="7"), UTC) == {"hubspot_owner_id": "7"}
    moved = change_properties(TaskChange(due_on=date(2026, 12, 1)), UTC)
    assert moved == {"hs_timestamp": "2026-12-01T09:00:00.000Z"}
