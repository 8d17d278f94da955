"""A wanted task turned into its text: what the rep reads, with the why-card last and short."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rules.calendar import Due
from rules.case import TIME_ALONE
from rules.how_to_answer import STOPPING

_PERMISSIONS = {
    "yes": "they gave permission to keep in touch",
    "unknown": "nobody has recorded whether we may keep in touch",
}


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
    how_to_stop: str = STOPPING,
) -> str:
    """The body: the admin's text, what the rep has to mind, the link, then why this task."""
    parts = [part for part in (text, "\n".join(notes), f"{_RECORD}{link}") if part]
    card = ["Why this task", *(f"- {line}" for line in why)]
    if would_change:
        card.append(f"It closes by itself after {either(would_change)}.")
    card.append(how_to_stop)
    return "\n\n".join([*parts, "\n".join(card), marker(key)])


def hand_over(because: str) -> str:
    """The note for who takes over from somebody else."""
    return f"Hand-over: {because}."


def skipped_in_words(due: Due) -> tuple[str, ...]:
    """Which days the due date stepped over, holidays only."""
    if not due.holidays_skipped:
        return ()
    days = ", ".join(f"{_day(day)} ({why})" for day, why in due.holidays_skipped)
    return (f"{_SKIPS}{days}.",)


_SKIPS = "The due date skips "


def with_skipped(body: str, due: Due) -> str:
    """A task's body with the days that another due date skips."""
    kept = [line for line in body.split("\n") if not line.startswith(_SKIPS)]
    return _with_notes(kept, skipped_in_words(due))


def with_note(body: str, note: str) -> str:
    """A task's body with one more note for the rep."""
    return _with_notes(body.split("\n"), (note,))


def _with_notes(lines: Sequence[str], notes: Sequence[str]) -> str:
    """The notes stand above the link to the record."""
    kept = list(lines)
    if notes:
        at = next((n for n, line in enumerate(kept) if line.startswith(_RECORD)), len(kept) - 1)
        kept[at:at] = [*notes, ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept))


_RECORD = "Record: "


def lost_in_words(who: str, watch: str, known_on: date, lost_on: date, today: date) -> str:
    """What happened; while they have only given notice, both dates. The text is written once
    and read later, so it counts no days from today."""
    if watch == TIME_ALONE:
        return f"{who} stopped buying without a word: lost since {_day(lost_on)}"
    if lost_on <= today:
        return f"{who} was lost on {_day(lost_on)} ({watch})"
    return f"{who} told us on {_day(known_on)} ({watch}) and leaves on {_day(lost_on)}"


def facts_in_words(facts: Mapping[str, Any], currency: str = "") -> str:
    """The few facts that a rep wants to see of a decision."""
    said = []
    won, wins = facts.get("won_value"), facts.get("wins")
    if wins:
        worth = f" for {currency} {won:,.0f}" if isinstance(won, Decimal) and won else ""
        said.append(f"bought {'once' if wins == 1 else f'{wins} times'}{worth}")
    today, days = facts.get("today"), facts.get("days_since_win")
    if isinstance(today, date) and isinstance(days, int):
        said.append(f"last on {_day(today - timedelta(days=days))}")
    if facts.get("tier"):
        said.append(f"tier {facts['tier']}")
    said.append(f"reason {str(facts.get('category') or 'unknown').replace('_', ' ')}")
    if told := _PERMISSIONS.get(str(facts.get("permission"))):
        said.append(told)
    return ", ".join(said)


def either(things: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *most, last = things
    return f"{', '.join(most)} or {last}" if most else last


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
