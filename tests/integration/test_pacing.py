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
        clock.now += bursts[turn].wait()
        window = [at for at in window if at > clock.now - 10]
        assert len(window) < 100
        window.append(clock.now)
        told = Told(burst=100, burst_left=100 - len(window), burst_seconds=10.0)
        for burst in bursts:
            burst.heard(told)
        times[turn] = clock.now + 0.02
    assert clock.now < 75  # 600 calls at 100 in ten seconds, and a little
