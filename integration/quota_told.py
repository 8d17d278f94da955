"""A CRM's calls of the day, and how far its history is read: for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integration.quota import Spending
from integration.spoken import ago, listed

History = Mapping[str, tuple[int, int | None]]
"""By record type: how many records were read, of how many where the CRM told."""


def calls_made(spending: Spending, now: datetime) -> str:
    """`1,234 of our 20,000, company 45,000 of 100,000 (2 minutes ago)`."""
    ours = f"{spending.spent(now):,} of our {spending.share:,}"
    if spending.of is None or spending.told_at is None:
        return f"{ours}; the CRM has not told the company's"
    if spending.used is None:
        return f"{ours} of the company's {spending.of:,}"
    return f"{ours} · company {spending.used:,} of {spending.of:,} ({ago(spending.told_at, now)})"


def history_read(history: History) -> str:
    """`Account 2,000 of 2,000 · Contact 4,000 of 9,000`."""
    parts = (
        f"{type} {read:,}" + (f" of {total:,}" if total is not None else "")
        for type, (read, total) in history.items()
    )
    return listed(parts, "nothing")


def quota_as_wire(spending: Spending | None, now: datetime) -> dict[str, Any] | None:
    """None for a CRM that was never called. `made` are our calls of the day, `used` those of the
    whole company; `until` says that no call is made before."""
    if spending is None:
        return None
    closing = spending.closing(now)
    return {
        "made": spending.spent(now),
        "share": spending.share,
        "used": spending.used,
        "of": spending.of,
        "told_at": spending.told_at.isoformat() if spending.told_at else None,
        "until": closing.until.isoformat() if closing else None,
        "sentence": closing.sentence if closing else "",
    }


def history_as_wire(history: History) -> dict[str, dict[str, int | None]]:
    return {type: {"read": read, "total": total} for type, (read, total) in history.items()}
