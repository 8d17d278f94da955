"""How many calls of a CRM's day are ours, and until when there are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.limits import Told
from integration.quota import LUMP, Spending, Terms, stretch

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def made(*calls: tuple[int, int]) -> dict[datetime, int]:
    """Calls by how many hours before noon they were made."""
    return {NOON - hours * HOUR: number for hours, number in calls}


ROLLING = Spending(100, made((20, 60), (10, 30), (0, 10)), of=500)
MIDNIGHT = Spending(100, made((3, 90), (0, 10)), zone=BERLIN, of=500)


def test_a_share_is_of_the_companys_calls_and_never_none_at_all() -> None:
    terms = Terms(0.2, default_of=15_000)
    assert [terms.share(of) for of in (None, 100_000, 101, 3)] == [3_000, 20_000, 20, 1]


def test_under_the_share_nothing_is_closed() -> None:
    assert replace(ROLLING, share=101).closing(NOON) is None


def test_of_a_rolling_day_calls_come_back_when_their_whole_hour_has_left_it() -> None:
    closing = ROLLING.closing(NOON)
    assert closing is not None
    assert closing.until == NOON + 5 * HOUR  # those made from 16:00 to 17:00 yesterday
    assert "winback has used its part of the API calls of the day: 100 of" in closing.sentence


def test_a_few_calls_that_come_back_are_waited_past() -> None:
    trickle = replace(ROLLING, made=made((22, 4), (21, 4), (20, 4), (1, 88)))
    closing = trickle.closing(NOON)
    assert closing is not None
    assert closing.until == NOON + 5 * HOUR  # a tenth of the share is free by then


def test_a_day_with_a_midnight_begins_anew_there() -> None:
    closing = MIDNIGHT.closing(NOON)
    assert closing is not None
    assert closing.until == datetime(2026, 11, 22, 23, tzinfo=UTC)


USED_UP = Spending(100, used=490, of=500, told_at=NOON)


def test_others_may_use_up_the_companys_calls() -> None:
    closing = USED_UP.closing(NOON)
    assert closing is not None
    assert closing.until == NOON + timedelta(minutes=15)
    assert closing.sentence.startswith("the company has used 490 of its 500 API calls")


@pytest.mark.parametrize(
    ("told_at", "now", "until"),
    [
        ("12:00", "12:00", "23:00"),  # midnight in Berlin
        ("22:59", "23:01", None),  # told of yesterday
        ("23:05", "23:06", "23:20"),  # the CRM's day may begin later than we think
        ("23:05", "23:21", None),
    ],
)
def test_a_day_that_is_used_up_is_believed_until_its_end(
    told_at: str, now: str, until: str | None
) -> None:
    def at(clock: str) -> datetime:
        return datetime.fromisoformat(f"2026-11-22T{clock}:00+00:00")

    closing = replace(USED_UP, zone=BERLIN, told_at=at(told_at)).closing(at(now))
    assert (closing and closing.until) == (at(until) if until else None)


def test_the_crms_own_count_of_our_calls_counts_where_it_is_higher() -> None:
    told = replace(ROLLING, share=200).hear(Told(300, 500, ours=201), NOON)
    closing = told.closing(NOON)
    assert closing is not None
    assert closing.until == NOON + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("spending", "lump"),
    [
        (Spending(20_000), LUMP),
        (Spending(20_000, made((1, 19_900))), 5),
        (Spending(20_000, made((1, 19_999))), 1),
        (Spending(20_000, used=97_900, of=100_000, told_at=NOON), 5),
    ],
)
def test_fewer_calls_are_reserved_near_the_wall(spending: Spending, lump: int) -> None:
    assert spending.lump(NOON) == lump


@pytest.mark.parametrize(
    ("fullness", "times"),
    [(0.0, 1.0), (0.8, 1.0), (0.9, 2.0), (0.95, 4.0), (0.99, 20.0), (1.0, 30.0), (1.3, 30.0)],
)
def test_polls_are_further_apart_near_the_end_of_the_share(fullness: float, times: float) -> None:
    assert stretch(fullness) == pytest.approx(times)


def test_the_fuller_of_share_and_company_counts() -> None:
    assert ROLLING.fullness(NOON) == 1.0
    assert replace(USED_UP, used=441).fullness(NOON) == pytest.approx(0.9)
