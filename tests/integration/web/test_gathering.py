"""When a round begins for what is pushed."""

from __future__ import annotations

from datetime import timedelta

from integration.web.gathering import Gathering
from tests.integration.web.doors import NOW


def seconds(gathering: Gathering, *after: float, crm: str = "hub") -> list[float | None]:
    """For deliveries so many seconds after NOW: when each is worked, in seconds after NOW."""
    told = [gathering.round_at(crm, NOW + timedelta(seconds=second)) for second in after]
    return [None if at is None else (at - NOW).total_seconds() for at in told]


def test_one_that_comes_alone_is_worked_at_once() -> None:
    assert seconds(Gathering(), 0, 2, 10, 3600) == [None, None, None, None]


def test_a_stream_makes_a_round_every_two_seconds() -> None:
    told = seconds(Gathering(), *(n / 10 for n in range(100)))
    assert {at for at in told if at is not None} == {2, 4, 6, 8, 10}
    assert told.count(None) == 1


def test_those_on_the_heels_of_the_first_share_a_round() -> None:
    assert seconds(Gathering(), 0, 0.1, 0.2, 1.9, 2.5) == [None, 2, 2, 2, 4]


def test_each_crm_is_by_itself() -> None:
    gathering = Gathering()
    assert seconds(gathering, 0) == seconds(gathering, 0.1, crm="sales") == [None]


def test_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    gathering = Gathering()
    assert seconds(gathering, 0, 1, -3600) == [None, 2, None]
