"""Retry as a pure decision: how long to leave something alone after it failed."""

from __future__ import annotations

from datetime import timedelta

LONGEST = timedelta(minutes=5)

LONGEST_AT_FIRST = timedelta(seconds=10)
"""To a CRM that is away: it is back at work within 15 s of its return."""

AT_FIRST = 90
"""Failures, a quarter of an hour. A CRM that is away for longer is asked less: our calls of the
day are counted, whatever the answer."""


def pause(failures: int) -> timedelta:
    """After the first failure a second, doubling up to five minutes."""
    return min(timedelta(seconds=2 ** min(max(failures - 1, 0), 10)), LONGEST)


def pause_hidden(looks: int) -> timedelta:
    """Before a record that a CRM hides is asked for again: four hours, doubling up to a week."""
    return min(timedelta(hours=4 * 2 ** min(max(looks - 1, 0), 10)), timedelta(days=7))


def pause_in_vain(since_last: timedelta, *, known: bool) -> timedelta:
    """Before a row is tried again that was not answered, where nothing tells whether that is its
    own fault: twice as long as since the try before. Where it is `known` to be one that the CRM
    does not take, up to four hours; else it may be the CRM, which is back at any time."""
    return min(2 * since_last, timedelta(hours=4) if known else LONGEST)


def pause_away(failures: int) -> timedelta:
    """The same for a CRM that is away: at most ten seconds in the first quarter of an hour."""
    return min(pause(failures), LONGEST_AT_FIRST) if failures <= AT_FIRST else pause(failures)
