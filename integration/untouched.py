"""Whether anybody laid hands on a task of ours: only one that nobody touched may be taken back.
Pure."""

from __future__ import annotations

from datetime import timedelta

from rules.model import TaskDraft, TaskState

EAST, WEST = timedelta(hours=14), timedelta(hours=12)
"""How far a CRM's own zone may lie from UTC; one that keeps due dates as instants may call 09:00
at the assignee's the day before or after."""


def touched(draft: TaskDraft, owner_id: str, now: TaskState | None) -> str | None:
    """What a person did to the task that we wrote as `draft` for `owner_id`; None: nothing.
    `now` is the task as the CRM has it, None where the CRM does not show it."""
    if now is None:
        return "the CRM does not show it any more"
    if now.closed:
        return "it is closed already"
    if now.outcome is not None:
        return f'the rep answered "{now.outcome}"'
    return changed(draft, owner_id, now)


def changed(draft: TaskDraft, owner_id: str, now: TaskState) -> str | None:
    """What a person changed of an open task; None: nothing that we can see."""
    if now.owner_id not in (None, owner_id):
        return "a person gave it to somebody else"
    if now.due_on is not None and now.due_on not in _days(draft):
        return f"a person moved it to {now.due_on}"
    if not _same_subject(draft.subject, now.subject):
        return "a person changed its subject"
    return None


def _days(draft: TaskDraft) -> set[object]:
    return {draft.due_on, (draft.due_at - WEST).date(), (draft.due_at + EAST).date()}


def _same_subject(ours: str, theirs: str) -> bool:
    """A CRM may have cut a long subject, and white space is not a person's hand."""
    ours, theirs = " ".join(ours.split()), " ".join(theirs.split())
    return ours.startswith(theirs.rstrip("…. "))
