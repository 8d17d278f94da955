"""A wanted task turned into its text: what the rep reads, with the why-card last and short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rules.calendar import Due

HOW_TO_STOP = (
    'To stop this: answer "asked to stop" or "not this one" in the win-back outcome, '
    "or delete the task; it will not come back."
)


def marker(key: str) -> str:
    """The line by which a task is known as ours, always the last of its body."""
    return f"[winback:{key}]"


def task_body(
    text: str,
    *,
    notes: Sequence[str],
    link: str,
    why: Sequence[str],
    would_change: Sequence[str],
    key: str,
) -> str:
    """The body: the admin's text, what the rep has to mind, the link, then why this task."""
    parts = [part for part in (text, "\n".join(notes), f"Record: {link}") if part]
    card = ["Why this task", *(f"- {line}" for line in why)]
    if would_change:
        card.append(f"It would not be here after: {'; '.join(would_change)}.")
    card.append(HOW_TO_STOP)
    return "\n\n".join([*parts, "\n".join(card), marker(key)])


def skipped_in_words(due: Due) -> tuple[str, ...]:
    """Which days the due date stepped over, holidays only."""
    if not due.holidays_skipped:
        return ()
    days = ", ".join(f"{_day(day)} ({why})" for day, why in due.holidays_skipped)
    return (f"The due date skips {days}.",)


def facts_in_words(facts: Mapping[str, Any]) -> str:
    """The few facts that a rep wants to see of a decision."""
    said = []
    won, wins = facts.get("won_value"), facts.get("wins")
    if wins:
        said.append(f"bought {wins} {'time' if wins == 1 else 'times'}")
    if isinstance(won, Decimal) and won:
        said.append(f"{won:,.0f} in all")
    if facts.get("days_since_win") is not None:
        said.append(f"last {facts['days_since_win']} days ago")
    if facts.get("tier"):
        said.append(f"tier {facts['tier']}")
    said.append(f"reason {facts.get('category') or 'unknown'}")
    said.append(f"permission {facts.get('permission')}")
    return ", ".join(said)


def _day(on: date) -> str:
    return f"{on.day} {on:%B}"
