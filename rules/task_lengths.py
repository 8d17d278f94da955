"""How long the texts of a task may be, so that both CRMs take them whole."""

from __future__ import annotations

SUBJECT_LIMIT = 255
"""Of Task.Subject in Salesforce. No limit of `hs_task_subject` is documented; HubSpot gets the
same."""

BODY_LIMIT = 4_000
"""Of an admin's text in a body: far below what either CRM takes, and all that a rep reads."""


def fitted(text: str, limit: int) -> str:
    """The text, cut where it is longer, with a sign that it is."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
