"""The touches of one cadence: when each is due, when it is written, and when there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rules.case import KnownTask
from rules.model import Permission, Priority
from rules.people import Assign, AssignTo
from rules.plans import NotYet, Step, cadence_step, slug
from rules.playbook import Ask, Cadence
from rules.spans import Span, Unit

LOST_ON = date(2026, 1, 31)
QUARTERLY = Cadence(
    "Quarterly touch",
    every=Span(3, Unit.MONTH),
    subject="Say hello",
    body="Ask how it goes",
    assign=Assign(AssignTo.MANAGER),
    priority=Priority.HIGH,
)
FROM_THE_LAST = replace(QUARTERLY, start="last touch")


def touch(number: int, done_on: date | None) -> KnownTask:
    made = KnownTask(f"R1:quarterly-touch:{number}", made_on=LOST_ON, done_on=done_on)
    return replace(made, closed=done_on is not None)


def next_step(
    cadence: Cadence,
    today: date,
    *tasks: KnownTask,
    permission: Permission = Permission.YES,
) -> Step | NotYet:
    return cadence_step(
        "R1", cadence, lost_on=LOST_ON, permission=permission, tasks=tasks, today=today
    )


def test_a_touch_says_all_that_the_cadence_says() -> None:
    assert next_step(QUARTERLY, date(2026, 4, 20)) == Step(
        key="R1:quarterly-touch:1",
        rule="cadence Quarterly touch",
        subject="Say hello",
        body="Ask how it goes",
        due=Span(0, Unit.BUSINESS_DAY),
        due_from=date(2026, 4, 30),
        assign=Assign(AssignTo.MANAGER),
        priority=Priority.HIGH,
        ask=Ask.FOLLOW_UP,
        because='the cadence "Quarterly touch" keeps in touch every 3 months',
    )


@pytest.mark.parametrize("permission", [p for p in Permission if p is not Permission.YES])
def test_only_a_yes_starts_it(permission: Permission) -> None:
    assert next_step(QUARTERLY, date(2026, 4, 20), permission=permission) == NotYet(
        "cadence Quarterly touch", "it needs the contact's permission to keep in touch"
    )


@pytest.mark.parametrize(
    ("today", "number", "due_on"),
    [
        (date(2026, 4, 16), 1, date(2026, 4, 30)),  # 14 days before: near enough to be written
        (date(2026, 4, 30), 1, date(2026, 4, 30)),  # the day itself still counts
        (date(2026, 7, 25), 2, date(2026, 7, 31)),  # from the loss, not from the short 30 April
        (date(2027, 7, 20), 6, date(2027, 7, 31)),  # missed ones are not made up for; the very end
    ],
)
def test_touches_count_from_the_loss(today: date, number: int, due_on: date) -> None:
    step = next_step(QUARTERLY, today)
    assert isinstance(step, Step)
    assert (step.key, step.due_from) == (f"R1:quarterly-touch:{number}", due_on)


def test_a_far_touch_is_looked_at_again_two_weeks_before() -> None:
    assert next_step(QUARTERLY, date(2026, 4, 15)) == NotYet(
        "cadence Quarterly touch", "the next touch is on 2026-04-30", date(2026, 4, 16)
    )


def test_it_ends_with_its_time_and_never_without_one() -> None:
    after_the_end = date(2027, 10, 25)
    assert next_step(QUARTERLY, after_the_end) == NotYet(
        "cadence Quarterly touch", "it ended 18 months after the loss"
    )
    assert isinstance(next_step(replace(QUARTERLY, until=None), after_the_end), Step)


@pytest.mark.parametrize(
    ("task", "waits"),
    [
        (touch(1, None), True),
        (touch(1, date(2026, 5, 2)), False),
        (replace(touch(1, None), deleted=True), False),
        (replace(touch(1, None), closed=True), False),
        (replace(touch(1, None), done_on=date(2026, 5, 2)), False),  # answered, not yet closed
        (replace(touch(1, None), key="R1:other:1"), False),
        (replace(touch(1, None), key="R2:quarterly-touch:1"), False),
    ],
)
def test_the_touch_before_is_waited_for(task: KnownTask, waits: bool) -> None:
    step = next_step(QUARTERLY, date(2026, 7, 25), task)
    assert isinstance(step, NotYet) is waits
    if isinstance(step, NotYet):
        assert step.because == "the touch before it is still open"


def test_numbers_go_on_after_the_highest_that_was_ever_made() -> None:
    done = [touch(n, date(2026, 5, n)) for n in (1, 10, 2)]
    step = next_step(replace(QUARTERLY, until=None), date(2026, 7, 25), *done)
    assert isinstance(step, NotYet)  # the eleventh is far away
    assert step.because == "the next touch is on 2028-10-31"


@pytest.mark.parametrize(
    ("today", "done_on", "key", "due_on"),
    [
        (date(2026, 4, 20), (), "1", date(2026, 4, 30)),  # none yet: from the loss
        (date(2026, 8, 1), (date(2026, 5, 10),), "2", date(2026, 8, 10)),
        (date(2026, 8, 10), (date(2026, 5, 10),), "2", date(2026, 8, 10)),
        (date(2026, 8, 11), (date(2026, 2, 17),), "2", date(2026, 8, 17)),  # one was missed
        (date(2026, 8, 5), (date(2026, 5, 10), date(2026, 3, 1)), "3", date(2026, 8, 10)),
    ],
)
def test_touches_may_count_from_the_last(
    today: date, done_on: tuple[date, ...], key: str, due_on: date
) -> None:
    done = [touch(number, day) for number, day in enumerate(done_on, 1)]
    step = next_step(FROM_THE_LAST, today, *done)
    assert isinstance(step, Step)
    assert (step.key, step.due_from) == (f"R1:quarterly-touch:{key}", due_on)


@pytest.mark.parametrize(
    ("name", "middle"),
    [
        ("Every 3 months!", "every-3-months"),
        ("  -Ü-  ", "cadence"),
        ("C" * 90, "c" * 40),
    ],
)
def test_a_cadences_name_in_a_key(name: str, middle: str) -> None:
    assert slug(name) == middle
