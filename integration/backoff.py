"""Retry as a pure decision: how long to leave something alone after it failed."""

from __future__ import annotations

from datetime import timedelta

LONGEST = timedelta(minutes=5)


def pause(failures: int) -> timedelta:
    """After the first failure a second, doubling up to five minutes."""
    return min(timedelta(seconds=2 ** min(max(failures - 1, 0), 10)), LONGEST)
