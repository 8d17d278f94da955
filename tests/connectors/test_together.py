"""Several calls at once: what comes back, and what is not asked any more."""

from __future__ import annotations

import threading

import pytest

from connectors.errors import Unavailable
from connectors.together import AT_ONCE, together


class Asked:
    """Counts those that are begun; all fail, those of one moment together."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self._same_moment = threading.Barrier(AT_ONCE, timeout=5)

    def fails(self, *, at_once: bool = True) -> None:
        self.begun.append(threading.get_ident())
        if at_once:
            self._same_moment.wait()
        raise Unavailable("no")

    def fails_alone(self) -> None:
        self.fails(at_once=False)


def test_answers_come_in_the_order_of_the_calls() -> None:
    begun = threading.Event()

    def first() -> str:
        assert begun.wait(5)
        return "first"

    def second() -> str:
        begun.set()
        return "second"

    assert together([first, second]) == ["first", "second"]


def test_after_a_failure_none_is_begun() -> None:
    asked = Asked()
    with pytest.raises(Unavailable):
        together([asked.fails] * 20)
    assert len(asked.begun) == AT_ONCE


def test_in_doubt_the_first_failure_ends_it() -> None:
    asked = Asked()
    with pytest.raises(Unavailable):
        together([asked.fails_alone] * 20, in_doubt=True)
    assert len(asked.begun) == 1
