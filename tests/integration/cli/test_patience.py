"""How long a command waits for a CRM that asks it to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from connectors.errors import Throttled
from integration.cli.patience import TRIES, patiently
from integration.runtime import wall_clock


def throttled(times: int, length: timedelta) -> Callable[[], str]:
    """Something that is asked and says "not yet" so many times."""
    left = [None] * times

    def ask() -> str:
        if left:
            left.pop()
            raise Throttled("the limit is reached", wall_clock() + length)
        return "done"

    return ask


def test_a_limit_of_a_second_is_waited_out() -> None:
    waits: list[float] = []
    assert patiently(throttled(2, timedelta(seconds=1)), waits.append) == "done"
    assert [round(wait) for wait in waits] == [1, 1]


@pytest.mark.parametrize(
    ("times", "length"), [(1, timedelta(hours=3)), (TRIES, timedelta(seconds=1))]
)
def test_a_limit_that_is_long_or_does_not_end_is_told(times: int, length: timedelta) -> None:
    with pytest.raises(Throttled):
        patiently(throttled(times, length), lambda _seconds: None)
