"""How long a CRM that is away is left alone."""

from __future__ import annotations

from datetime import timedelta

from integration.backoff import LONGEST, pause, pause_away

SOON = timedelta(seconds=15)


def test_a_short_outage_is_over_for_us_soon_after_it_is_over() -> None:
    tried_at = timedelta(0)
    for failures in range(1, 1_000):
        wait = pause_away(failures)
        if tried_at < timedelta(minutes=10):
            assert wait < SOON
        tried_at += wait


def test_a_long_outage_costs_few_calls() -> None:
    tried_at, calls = timedelta(0), 0
    while tried_at < timedelta(days=1):
        calls += 1
        tried_at += pause_away(calls)
    assert calls < 400


def test_what_fails_otherwise_is_left_alone_for_ever_longer() -> None:
    assert [pause(n).total_seconds() for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert pause(50) == pause_away(50_000) == LONGEST
