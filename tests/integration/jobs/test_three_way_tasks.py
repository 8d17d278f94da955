"""Our tasks, three-way: what a person did to one, what stands then, and what we know of it.

All rows of the table are tasks of one company, on both CRMs: whatever a person did to theirs is
left as they left it, today and tomorrow, and none is ever made again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from integration.runtime import wall_clock
from rules.model import Outcome
from tests.integration.jobs.hands import Hands
from tests.integration.jobs.stage import Stage

NEXT_YEAR = "2027-01-14"
OPEN, CLOSED, DELETED = {"state": "written"}, {"state": "closed"}, {"state": "deleted"}


@dataclass(frozen=True)
class Row:
    """What a person does to a task, and what we know of it afterwards, by column."""

    does: Callable[[Hands, str], None]
    known: Mapping[str, Any]


def deletes(hands: Hands, task: str) -> None:
    hands.delete(task)


def gives_away(hands: Hands, task: str) -> None:
    hands.change(task, owner=hands.stage.new_owner("Bob Ray"))


def moves_the_day(hands: Hands, task: str) -> None:
    hands.change(task, due=NEXT_YEAR if hands.stage.crm == "sales" else f"{NEXT_YEAR}T09:00:00Z")


def retitles(hands: Hands, task: str) -> None:
    hands.change(task, subject="Call them, and ask about the dog")


def rewrites(hands: Hands, task: str) -> None:
    seen = hands.seen(task)
    assert seen is not None
    hands.change(task, body="Rang twice.\n" + seen["body"])


def takes_our_mark_out(hands: Hands, task: str) -> None:
    hands.change(task, body="My own notes, nothing else.")


def completes(hands: Hands, task: str) -> None:
    hands.complete(task)


def completes_and_reopens(hands: Hands, task: str) -> None:
    hands.complete(task)
    assert hands.stage.run().exit_code == 0
    assert hands.stored(task)["state"] == "closed"
    hands.reopen(task)


def clears_our_key(hands: Hands, task: str) -> None:
    hands.change(task, key="")


def clears_our_key_and_completes(hands: Hands, task: str) -> None:
    clears_our_key(hands, task)
    hands.complete(task)


def takes_our_mark_out_and_completes(hands: Hands, task: str) -> None:
    takes_our_mark_out(hands, task)
    hands.complete(task)


def takes_out_all_that_marks_it_ours_and_completes(hands: Hands, task: str) -> None:
    takes_our_mark_out(hands, task)
    clears_our_key_and_completes(hands, task)


def moves_to_another_account(hands: Hands, task: str) -> None:
    hands.move(task, hands.new_account())


TABLE = [
    Row(deletes, DELETED),
    Row(gives_away, OPEN),
    Row(moves_the_day, OPEN),
    Row(retitles, OPEN),
    Row(rewrites, OPEN),
    Row(takes_our_mark_out, OPEN),
    Row(completes, CLOSED),
    Row(clears_our_key, OPEN),
    Row(clears_our_key_and_completes, CLOSED),
    Row(takes_our_mark_out_and_completes, CLOSED),
    Row(takes_out_all_that_marks_it_ours_and_completes, CLOSED),
    Row(moves_to_another_account, OPEN),
]


def tomorrow() -> datetime:
    return wall_clock() + timedelta(days=1)


def test_what_a_person_did_to_a_task_stands(stage: Stage) -> None:
    hands = Hands(stage)
    for _ in TABLE:
        stage.lose()
    assert stage.run().exit_code == 0
    tasks = _first_of_each_customer(stage)
    for row, task in zip(TABLE, tasks, strict=True):
        row.does(hands, task)
    left = [hands.seen(task) for task in tasks]
    writes = stage.writes()
    for now in (wall_clock, wall_clock, tomorrow):
        assert stage.run(now=now).exit_code == 0
    assert stage.writes() == writes
    assert [hands.seen(task) for task in tasks] == left
    assert stage.made() == stage.wanted()
    known = [hands.stored(task) for task in tasks]
    assert [{**row.known} for row in TABLE] == [{"state": one["state"]} for one in known]
    given_away = TABLE.index(Row(gives_away, OPEN))
    seen = left[given_away]
    assert seen is not None
    assert known[given_away]["owner_id"] == seen["owner"]
    assert [one["outcome"] for one in known] == [None] * len(TABLE)


def _first_of_each_customer(stage: Stage) -> list[str]:
    """The id of each customer's `listen` task, in the order in which they were lost."""
    found = {}
    for entry in stage.sandbox.world.ledger:
        if (entry.verb, entry.type, entry.by) == ("create", stage.task_type, "api"):
            account, task = stage._made(entry.fields)
            if task == "listen":
                found[account] = entry.id
    return [found[lost.account] for lost in stage.lost]


def test_a_task_that_is_reopened_is_open_to_us_too(stage: Stage) -> None:
    hands = Hands(stage)
    stage.lose()
    assert stage.run().exit_code == 0
    task = hands.task()
    completes_and_reopens(hands, task)
    writes = stage.writes()
    for now in (wall_clock, tomorrow):
        assert stage.run(now=now).exit_code == 0
    assert (hands.stored(task)["state"], hands.stored(task)["done_on"]) == ("written", None)
    assert stage.writes() == writes
    stage.reopen(stage.lost[0])  # its cause is gone: now it may be closed, and says why
    assert stage.run().exit_code == 0
    assert all(task["closed"] for task in stage.tasks())


def test_a_task_given_to_somebody_who_left_goes_on_to_who_follows_and_stays_there(
    stage: Stage,
) -> None:
    hands = Hands(stage)
    stage.lose()
    assert stage.run().exit_code == 0
    task, gone = hands.task(), stage.new_owner("Gone Gull", active=False)
    hands.change(task, owner=gone)
    for _ in range(2):
        assert stage.run().exit_code == 0
    assert {one["owner"] for one in stage.tasks()} == {stage.lost[0].owner}
    writes = stage.writes()
    for now in (wall_clock, tomorrow):
        assert stage.run(now=now).exit_code == 0
    assert stage.writes() == writes


@pytest.mark.parametrize("closes", [True, False], ids=["done", "still open"])
def test_every_outcome_is_kept_and_the_persons_task_left_alone(stage: Stage, closes: bool) -> None:
    """What an outcome moves is the rules' business; the task on which it stands is not touched,
    and deciding on it again changes nothing more."""
    hands = Hands(stage)
    for _ in Outcome:
        stage.lose()
    assert stage.run().exit_code == 0
    tasks = _first_of_each_customer(stage)
    for outcome, task in zip(Outcome, tasks, strict=True):
        hands.change(task, outcome=outcome.value)
        if closes:
            hands.complete(task)
    left = [hands.seen(task) for task in tasks]
    for _ in range(2):
        stage.run()
    known = [hands.stored(task) for task in tasks]
    assert [one["outcome"] for one in known] == [outcome.value for outcome in Outcome]
    if closes:
        assert [hands.seen(task) for task in tasks] == left
        assert {one["state"] for one in known} == {"closed"}
    made = stage.made()
    assert all(number == 1 for number in made.values())
    writes = stage.writes()
    stage.run()
    assert stage.writes() == writes


def test_an_outcome_that_we_do_not_know_is_none(stage: Stage) -> None:
    """An admin added a value to our picklist."""
    hands = Hands(stage)
    stage.lose()
    assert stage.run().exit_code == 0
    task = hands.task()
    hands.offer_outcome("sent flowers")
    hands.change(task, outcome="sent flowers")
    assert stage.run().exit_code == 0
    assert hands.stored(task)["outcome"] is None
    seen = hands.seen(task)
    assert seen is not None
    assert seen["outcome"] == "sent flowers"
