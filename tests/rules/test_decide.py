"""Whole decisions: one customer in, the whole wanted state out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rules.case import TIME_ALONE
from rules.decide import decide
from rules.model import Field, Outcome, Ref, Verdict
from rules.playbook import Playbook, PlaybookTask
from rules.rulebook import Rulebook
from tests.rules.cases import (
    ACCOUNT,
    TODAY,
    book,
    case,
    contract,
    days_ago,
    eva,
    lost,
    remembered,
    rules,
    snapshot,
    won,
)

LOST = (won("1", 400), lost("2", 3))


def playbook(*tasks: PlaybookTask, **changes: Any) -> Playbook:
    return replace(Playbook(name="call", tasks=tasks), **changes)


def test_a_lost_customer_opens_a_recovery_with_its_task() -> None:
    decision = decide(case(*LOST, contacts=(eva(),), words="too expensive"), book(), TODAY)
    (loss,) = decision.losses
    (recovery,) = decision.recoveries
    (task,) = decision.tasks
    assert (loss.verdict, loss.reason.category) == (Verdict.CUSTOMER, "price")
    assert recovery.opened
    assert loss.recovery_id == recovery.id
    assert task.draft.subject == "Call Eva Bauer"
    assert task.draft.owner_id == "U1"
    assert task.draft.due_on == date(2026, 6, 16)
    assert task.draft.body.splitlines()[-1] == f"[winback:{recovery.id}:listen:1]"


def test_deciding_again_after_delivery_asks_for_nothing() -> None:
    known = case(*LOST, contacts=(eva(),), words="too expensive")
    first = decide(known, book(), TODAY)
    again = decide(remembered(known, first), book(), TODAY)
    assert again.tasks == ()
    assert again.close == {}
    assert not any(x.new for x in again.losses)
    assert again.fields == first.fields


def test_the_fields_stand_on_the_record_and_on_the_account() -> None:
    decision = decide(case(*LOST, words="too expensive"), book(), TODAY)
    wanted = {Field.REASON: "price", Field.PROVENANCE: "guessed", Field.STATUS: "open"}
    assert decision.fields == {Ref("Opportunity", "2"): wanted, ACCOUNT: wanted}


def test_a_lost_deal_of_a_customer_who_stays_wants_nothing() -> None:
    decision = decide(case(won("1", 20), lost("2", 3)), book(), TODAY)
    assert [x.verdict for x in decision.losses] == [Verdict.DEAL]
    assert (decision.tasks, decision.fields, decision.recoveries) == ((), {}, ())
    assert decision.look_again_on == days_ago(20) + timedelta(days=121)


def test_history_gets_no_tasks() -> None:
    decision = decide(case(won("1", 900), lost("2", 300)), book(), TODAY)
    assert [x.verdict for x in decision.losses] == [Verdict.CUSTOMER]
    assert (decision.recoveries, decision.tasks) == ((), ())


def test_a_prospect_gets_a_recovery_only_by_a_playbook_for_prospects() -> None:
    known = case(lost("2", 3), contacts=(eva(),))
    assert decide(known, book(), TODAY).recoveries == ()
    courtesy = playbook(
        PlaybookTask("thank", "Thank {{ contact.name }}"), verdicts=(Verdict.PROSPECT,)
    )
    assert len(decide(known, book(playbooks=(courtesy,)), TODAY).tasks) == 1


def test_time_alone_makes_a_loss_of_the_account() -> None:
    decision = decide(case(won("1", 130)), book(), TODAY)
    (loss,) = decision.losses
    assert (loss.record, loss.watch, loss.verdict) == (ACCOUNT, TIME_ALONE, Verdict.CUSTOMER)
    assert loss.known_on == days_ago(130) + timedelta(days=121)


def test_time_adds_nothing_to_a_departure_that_a_record_told() -> None:
    decision = decide(case(won("1", 400), lost("2", 200)), book(), TODAY)
    assert [x.watch for x in decision.losses] == ["closed-lost"]


def test_a_second_loss_joins_the_open_recovery() -> None:
    decision = decide(case(won("1", 400), lost("2", 60), lost("3", 3)), book(), TODAY)
    (recovery,) = decision.recoveries
    assert {x.recovery_id for x in decision.losses} == {recovery.id}
    assert decision.losses[1].repeat_of == decision.losses[0].id


def test_two_records_of_one_day_tell_one_departure() -> None:
    decision = decide(case(won("1", 400), lost("2", 3), lost("3", 3)), book(), TODAY)
    first, second = decision.losses
    assert second.merged_into == first.id
    assert second.recovery_id == first.recovery_id
    assert len(decision.tasks) == 1


def test_a_return_between_two_losses_starts_a_new_recovery() -> None:
    often = [won(f"w{days}", days) for days in (560, 540, 520, 500)]
    back = replace(won("3", 140), created_on=days_ago(145))
    known = case(*often, lost("2", 150), back, lost("4", 3))
    decision = decide(known, book(), TODAY)
    ended, current = decision.recoveries
    assert (ended.end, ended.ended_on) == ("recovered", days_ago(140))
    assert current.ended_on is None
    assert {t.recovery_id for t in decision.tasks} == {current.id}


def test_a_win_closes_the_tasks() -> None:
    known = case(*LOST, contacts=(eva(),))
    after = remembered(known, decide(known, book(), TODAY))
    back = won("9", -1)
    after = replace(after, opportunities=(*after.opportunities, back))
    decision = decide(after, book(), TODAY + timedelta(days=2))
    (recovery,) = decision.recoveries
    assert recovery.end == "recovered"
    assert set(decision.close.values()) == {"the recovery ended: recovered"}
    assert decision.fields[ACCOUNT][Field.STATUS] == "recovered"


def test_a_reopened_deal_ends_the_recovery() -> None:
    known = case(*LOST, contacts=(eva(),))
    after = remembered(known, decide(known, book(), TODAY))
    reopened = replace(lost("2", 3), closed=False)
    after = replace(
        after,
        opportunities=(LOST[0], reopened),
        records=(after.records[0], snapshot(reopened, ours=after.records[1].ours)),
    )
    decision = decide(after, book(), TODAY)
    assert decision.undone == (after.losses[0].id,)
    assert decision.recoveries[0].end == "reopened"
    assert len(decision.close) == 1


def test_lost_again_after_reopening_is_a_new_loss() -> None:
    known = case(*LOST)
    after = remembered(known, decide(known, book(), TODAY))
    after = replace(after, losses=(replace(after.losses[0], undone_on=TODAY),))
    decision = decide(after, book(), TODAY)
    new = [x for x in decision.losses if x.new]
    assert [(x.record.id, x.ordinal) for x in new] == [("2", 2)]


@pytest.mark.parametrize(
    ("outcome", "end"),
    [
        (Outcome.ASKED_TO_STOP, "do not contact"),
        (Outcome.CAME_BACK, "recovered"),
        (Outcome.NOT_THIS_ONE, "not recoverable"),
        (Outcome.SPOKE, None),
        (Outcome.NO_ANSWER, None),
    ],
)
def test_the_reps_answer_moves_the_recovery(outcome: Outcome, end: str | None) -> None:
    known = case(*LOST, contacts=(eva(),))
    after = remembered(
        known, decide(known, book(), TODAY), outcome=outcome, done_on=TODAY, closed=True
    )
    assert decide(after, book(), TODAY).recoveries[0].end == end


def test_a_category_that_a_person_chose_stands_above_ours() -> None:
    known = case(*LOST, words="too expensive")
    after = remembered(known, decide(known, book(), TODAY))
    theirs = replace(after.records[1], ours={**after.records[1].ours, Field.REASON: "unknown"})
    decision = decide(replace(after, records=(after.records[0], theirs)), book(), TODAY)
    assert decision.losses[0].reason.category == "unknown"


def test_a_deal_without_a_company_is_a_prospect_of_its_own() -> None:
    known = replace(case(lost("2", 3)), account=None, account_ref=None)
    assert decide(known, book(), TODAY).losses[0].verdict is Verdict.PROSPECT


def test_running_when_decides_what_runs() -> None:
    known = case(won("1", 400), contracts=(contract("c", 500, None),))
    assert decide(known, Rulebook(rules()), TODAY).losses == ()


def test_a_purchase_during_notice_is_a_save() -> None:
    leaving = replace(lost("2", 3), closed_on=TODAY + timedelta(days=30))
    fields = {"Notice__c": days_ago(10)}
    notice = replace(rules().watches[0], known_on="Notice__c")
    known = case(
        won("1", 400), leaving, records=(snapshot(won("1", 400)), snapshot(leaving, fields))
    )
    steps = book(watches=(notice,))
    after = remembered(known, decide(known, steps, TODAY))
    after = replace(after, opportunities=(*after.opportunities, won("9", 1)))
    assert decide(after, steps, TODAY).recoveries[0].end == "recovered"


def test_a_loss_without_a_reason_does_not_hide_one_that_had_it() -> None:
    deals = (won("1", 400), lost("2", 60), lost("3", 3))
    records = tuple(
        snapshot(d, {"Loss_Notes__c": "too expensive"} if d.id == "2" else {}) for d in deals
    )
    decision = decide(case(*deals, records=records), book(), TODAY)
    assert decision.fields[ACCOUNT][Field.REASON] == "price"
