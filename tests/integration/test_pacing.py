"""Pauses before calls, by a clock that only sleeping moves on."""

from __future__ import annotations

from connectors.limits import Told
from integration.pacing import Burst


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_two_processes_that_hear_the_same_never_meet_the_limit_of_a_burst() -> None:
    clock = Clock()
    window: list[float] = []
    bursts = [Burst(clock), Burst(clock)]
    times = [0.0, 0.0]
    for _ in range(600):
        turn = times.index(min(times))
        clock.now = max(clock.now, times[turn])
        clock.now += bursts[turn].begin()
        window = [at for at in window if at > clock.now - 10]
        assert len(window) < 100
        window.append(clock.now)
        told = Told(burst=100, burst_left=100 - len(window), burst_seconds=10.0)
        for burst in bursts:
            burst.heard(told)
        bursts[turn].end()
        times[turn] = clock.now + 0.02
    assert clock.now < 75  # 600 calls at 100 in ten seconds, and a little


def test_two_calls_that_set_out_at_once_do_not_both_take_the_last_one() -> None:
    burst = Burst(Clock())
    burst.heard(Told(burst=40, burst_left=1, burst_seconds=10.0))
    assert [burst.begin(), burst.begin()] == [5.0, 10.0]
    burst.end()
    burst.end()
    assert burst.begin() == 5.0
