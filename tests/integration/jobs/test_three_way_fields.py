"""Our fields, three-way: what a person did, where our write stood then, and who has the last word.

Each row of the tables runs on both CRMs, end to end: all rows of a table are lost customers of
one company. Then it runs twice more, today and tomorrow: nothing is written any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from integration.runtime import wall_clock
from rules.model import Field
from tests.integration.jobs.hands import Hands
from tests.integration.jobs.stage import HubSpotStage, Stage
from tests.worlds import COMPANY, TASK_KEYS, Lost

OURS, THEIRS = "price", "service"


@dataclass(frozen=True)
class Play:
    """One lost deal, whose words say `price`; a person thinks of `service`."""

    stage: Stage
    lost: Lost

    @property
    def hands(self) -> Hands:
        return Hands(self.stage)

    def run(self) -> None:
        assert self.stage.run().exit_code == 0

    def choose(self, reason: str | None) -> None:
        self.stage.choose(self.lost, reason)


# ---- what the person does


def changes(play: Play) -> None:
    play.choose(THEIRS)


def clears(play: Play) -> None:
    play.choose(None)


def sets_the_same(play: Play) -> None:
    play.choose(OURS)


def says_otherwise(play: Play) -> None:
    """The customer's words change: we would write something else now."""
    play.hands.says(play.lost, "poor support")


def clears_and_words_change(play: Play) -> None:
    clears(play)
    says_otherwise(play)


def nobody_comes(_: Play) -> None:
    """The control."""


@dataclass(frozen=True)
class Row:
    """`ends` stands in the CRM afterwards; `stored` is what our store has of it: what the CRM
    took from us, and whether the field is a person's."""

    person: Callable[[Play], None]
    ends: str | None
    stored: tuple[str | None, bool]


MINE = (OURS, False)
NEVER_MINE = (None, True)
NO_LONGER_MINE = (OURS, True)

UNTRIED = [
    Row(changes, THEIRS, NEVER_MINE),
    Row(sets_the_same, OURS, NEVER_MINE),
    Row(nobody_comes, OURS, MINE),
]
LANDED_UNSEEN = [
    Row(changes, THEIRS, NEVER_MINE),
    Row(clears, OURS, MINE),  # nothing tells it from a write that never landed
    Row(nobody_comes, OURS, MINE),
]
WRITTEN = [
    Row(changes, THEIRS, NO_LONGER_MINE),
    Row(clears, None, NO_LONGER_MINE),
    Row(sets_the_same, OURS, MINE),
    Row(says_otherwise, THEIRS, (THEIRS, False)),
    Row(clears_and_words_change, None, NO_LONGER_MINE),
]

# ---- where our write stands when the person comes

Acts = Sequence[Callable[[], None]]


def all_of(acts: Acts) -> None:
    for act in acts:
        act()


def before_we_wrote(stage: Stage, acts: Acts) -> None:
    all_of(acts)


def delivered(stage: Stage, acts: Acts) -> None:
    assert stage.run().exit_code == 0
    all_of(acts)


def held_by_a_dry_run(stage: Stage, acts: Acts) -> None:
    stage.run(dry_run=True)
    all_of(acts)


def held_by_the_brake(stage: Stage, acts: Acts) -> None:
    brake = COMPANY.replace("10_000", "1\nstorm_max_share = 0.0")
    assert stage.run(company=brake).exit_code == 4
    all_of(acts)
    stage.resume_held()


FIELDS_OF_DEALS = 2  # write calls before theirs: of the tasks, of the accounts' fields


def put_off(stage: Stage, acts: Acts) -> None:
    """The CRM is busy, and the person comes before it is written."""
    Hands(stage).is_busy(skip=FIELDS_OF_DEALS)
    stage.while_waiting = lambda: all_of(acts)


def unanswered(action: str) -> Callable[[Stage, Acts], None]:
    """The answer to our write never came."""

    def stands(stage: Stage, acts: Acts) -> None:
        stage.fault(action, skip=FIELDS_OF_DEALS)
        stage.while_waiting = lambda: all_of(acts)

    return stands


def parked(stage: Stage, acts: Acts) -> None:
    """The picklist did not have our value; now it has, and the rows are sent again."""
    hands = Hands(stage)
    hands.offer_reasons(THEIRS)
    assert stage.run().exit_code == 4
    hands.offer_reasons(OURS, THEIRS)
    all_of(acts)
    assert hands.requeue() == len(acts)


TABLES: Sequence[tuple[str, Callable[[Stage, Acts], None], Sequence[Row]]] = [
    ("before we wrote", before_we_wrote, UNTRIED),
    ("delivered", delivered, WRITTEN),
    ("held by a dry run", held_by_a_dry_run, UNTRIED),
    ("held by the brake", held_by_the_brake, UNTRIED),
    ("put off", put_off, UNTRIED),
    ("sent and not landed", unanswered("reset"), UNTRIED),
    ("landed unseen", unanswered("lost"), LANDED_UNSEEN),
    ("parked, then requeued", parked, UNTRIED),
]


def tomorrow() -> datetime:
    return wall_clock() + timedelta(days=1)


def nothing_more_is_written(stage: Stage, exit_code: int = 0) -> None:
    writes, states = stage.writes(), stage.states()
    for now in (wall_clock, tomorrow):
        assert stage.run(now=now).exit_code == exit_code
    assert (stage.writes(), stage.states()) == (writes, states)


@pytest.mark.parametrize(("stands", "rows"), [t[1:] for t in TABLES], ids=[t[0] for t in TABLES])
def test_who_has_the_last_word(
    stands: Callable[[Stage, Acts], None], rows: Sequence[Row], stage: Stage
) -> None:
    plays = [Play(stage, stage.lose()) for _ in rows]
    stands(stage, [partial(r.person, p) for p, r in zip(plays, rows, strict=True)])
    for _ in "writes", "takes in what the person did meanwhile":
        assert stage.run().exit_code == 0
    nothing_more_is_written(stage)
    stood = [(p.hands.our_field(p.lost, Field.REASON), p.hands.written(p.lost, Field.REASON))
             for p in plays]  # fmt: skip
    assert stood == [(row.ends, row.stored) for row in rows]
    assert {state for _, state in stage.states()} <= {"delivered", "withdrawn"}
    assert stage.made() == stage.wanted()
    for play in plays:
        says_otherwise(play)
    assert stage.run().exit_code == 0
    after = [play.hands.our_field(play.lost, Field.REASON) for play in plays]
    assert after == [row.ends if row.stored[1] else THEIRS for row in rows]


def test_what_follows_from_a_persons_reason_is_still_ours_to_say(stage: Stage) -> None:
    play = Play(stage, stage.lose())
    play.run()
    assert play.hands.our_field(play.lost, Field.FAULT) == "ours"
    changes(play)
    play.run()
    assert play.hands.our_field(play.lost, Field.FAULT) == "mine"
    assert play.hands.written(play.lost, Field.FAULT) == ("mine", False)
    nothing_more_is_written(stage)


def test_a_rung_that_a_person_raised_is_kept(stage: Stage) -> None:
    """The customer told them: we only ever guess."""
    play = Play(stage, stage.lose())
    play.run()
    assert play.hands.our_field(play.lost, Field.PROVENANCE) == "guessed"
    play.hands.fill(play.lost, Field.PROVENANCE, "told")
    says_otherwise(play)
    play.run()
    assert play.hands.our_field(play.lost, Field.PROVENANCE) == "told"
    assert play.hands.our_field(play.lost, Field.REASON) == THEIRS  # ours, by the new words
    nothing_more_is_written(stage)


def test_fields_of_a_record_that_is_deleted_wait_for_nobody(stage: Stage) -> None:
    play = Play(stage, stage.lose())
    stage.once_decided = lambda: stage.delete_deal(play.lost)
    play.run()
    nothing_more_is_written(stage)
    assert {state for _, state in stage.states()} <= {"delivered", "withdrawn"}


def test_an_account_that_is_merged_before_we_write_hands_its_fields_on(stage: Stage) -> None:
    """Its tasks too: they hang on the account that it lives on as."""
    play = Play(stage, stage.lose())
    winner = play.hands.new_account()
    stage.once_decided = lambda: play.hands.merge(winner=winner, loser=play.lost.account)
    play.run()
    play.run()
    assert stage.reason(replace(play.lost, account=winner), stage.account_type) == OURS
    assert {task["id"] for task in stage.tasks()} == set(play.hands.tasks_on(winner))
    assert len(stage.tasks()) == len(TASK_KEYS)
    nothing_more_is_written(stage)


@pytest.mark.parametrize("new_id", [False, True])
def test_what_a_merge_moved_of_ours_is_ours_still(hubspot: HubSpotStage, new_id: bool) -> None:
    play = Play(hubspot, hubspot.lose())
    play.run()
    portal, known = hubspot.sandbox.hubspot, play.hands.new_account()
    account = portal.merge("companies", known, play.lost.account, new_id=new_id)
    play.run()
    assert portal.get("companies", account)["winback_status"] == "open"
    hubspot.reopen(play.lost)
    play.run()
    assert portal.get("companies", account)["winback_status"] == "reopened"
    portal.update("companies", account, {"winback_status": "handled by us"})
    portal.update("deals", play.lost.deal, {"dealstage": "closedlost"})
    play.run()
    assert portal.get("companies", account)["winback_status"] == "handled by us"


def test_what_a_merge_moved_may_be_set_back_by_a_person(hubspot: HubSpotStage) -> None:
    play = Play(hubspot, hubspot.lose())
    play.run()
    portal, known = hubspot.sandbox.hubspot, play.hands.new_account()
    account = portal.merge("companies", known, play.lost.account)
    hubspot.reopen(play.lost)
    play.run()
    assert portal.get("companies", account)["winback_status"] == "reopened"
    portal.update("companies", account, {"winback_status": "open"})  # as we wrote it before
    portal.update("deals", play.lost.deal, {"dealstage": "closedlost"})
    play.run()
    hubspot.reopen(play.lost)
    play.run()
    assert portal.get("companies", account)["winback_status"] == "open"


def test_a_field_that_became_read_only_is_parked_once_and_holds_nobody_back(stage: Stage) -> None:
    play = Play(stage, stage.lose())
    play.run()
    play.hands.make_reason_read_only()
    says_otherwise(play)
    stage.lose()
    assert stage.run().exit_code == 4
    assert play.hands.our_field(play.lost, Field.REASON) == OURS
    assert play.hands.our_field(play.lost, Field.FAULT) == "mine"
    assert stage.made() == stage.wanted()  # a parked field does not hold back a task
    assert all("winback_reason" in row["sentence"].lower() for row in stage.parked())
    nothing_more_is_written(stage, exit_code=4)


def test_a_parked_field_does_not_hold_back_a_task_that_comes_later(stage: Stage) -> None:
    play = Play(stage, stage.lose())
    play.hands.offer_reasons(THEIRS)
    assert stage.run().exit_code == 4
    stage.reopen(play.lost)
    assert stage.run().exit_code == 4
    play.hands.lose_again(play.lost)
    assert stage.run().exit_code == 4
    assert len(stage.tasks()) == 2 * len(TASK_KEYS)
    nothing_more_is_written(stage, exit_code=4)
