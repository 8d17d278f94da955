"""Whole decisions: one customer in, the whole wanted state out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rules.case import TIME_ALONE, Case, Decision, KnownLoss, KnownRecovery, KnownTask
from rules.decide import decide
from rules.model import Field, Outcome, Owner, Permission, Provenance, Ref, Verdict
from rules.people import Assign, AssignTo
from rules.playbook import Ask, Cadence, Playbook, PlaybookTask
from rules.rulebook import Rulebook
from rules.ruleset import Suppression
from rules.schema_plays import after as waiting_for
from rules.spans import Span, Unit
from tests.rules.cases import (
    ACCOUNT,
    ANN,
    TODAY,
    book,
    case,
    contract,
    days_ago,
    eva,
    lost,
    rules,
    snapshot,
    when,
    won,
    yes,
)

LOST = (won("1", 400), lost("2", 3))


def playbook(*tasks: PlaybookTask, **changes: Any) -> Playbook:
    return replace(Playbook(name="call", tasks=tasks), **changes)


def remembered(known: Case, decision: Decision, **task: Any) -> Case:
    """The case as it is after a decision was written down and its tasks delivered."""
    losses = tuple(
        KnownLoss(
            x.id,
            x.record,
            x.ordinal,
            x.watch,
            x.verdict,
            x.known_on,
            x.lost_on,
            x.merged_into,
            x.recovery_id,
            x.undone_on,
        )
        for x in decision.losses
    )
    recoveries = tuple(
        KnownRecovery(
            r.id,
            r.opened_on,
            r.playbook,
            r.ended_on,
            r.end,
            tuple(
                replace(
                    KnownTask(
                        t.draft.key,
                        made_on=TODAY,
                        written=True,
                        owner_id=t.draft.owner_id,
                        contact_id=t.draft.contact_id,
                        due_on=t.draft.due_on,
                    ),
                    **task,
                )
                for t in decision.tasks
                if t.recovery_id == r.id
            )
            + tuple(t for k in known.recoveries if k.id == r.id for t in k.tasks),
            interview_before=r.interview_before,
            benchmarks=r.benchmarks,
        )
        for r in decision.recoveries
    ) + tuple(k for k in known.recoveries if k.id not in {r.id for r in decision.recoveries})
    written: Mapping[Ref, Mapping[Field, str | None]] = decision.fields
    records = tuple(
        replace(s, ours={**s.ours, **decision.fields[s.ref]}) if s.ref in decision.fields else s
        for s in known.records
    )
    return replace(known, losses=losses, recoveries=recoveries, written=written, records=records)


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


def test_a_task_that_a_person_deleted_is_never_made_again() -> None:
    known = case(*LOST, contacts=(eva(),))
    after = remembered(known, decide(known, book(), TODAY), deleted=True)
    assert decide(after, book(), TODAY).tasks == ()


def test_a_category_that_a_person_chose_stands_above_ours() -> None:
    known = case(*LOST, words="too expensive")
    after = remembered(known, decide(known, book(), TODAY))
    theirs = replace(after.records[1], ours={**after.records[1].ours, Field.REASON: "unknown"})
    decision = decide(replace(after, records=(after.records[0], theirs)), book(), TODAY)
    assert decision.losses[0].reason.category == "unknown"


def test_a_confirmed_reason_opens_the_next_step() -> None:
    steps = book(
        playbooks=(
            playbook(
                PlaybookTask("listen", "Listen"),
                PlaybookTask("apologise", "Say sorry", after=waiting_for("reason_confirmed")),
            ),
        )
    )
    known = case(*LOST, contacts=(eva(),), words="too expensive")
    first = decide(known, steps, TODAY)
    assert [t.rule for t in first.tasks] == ["call / listen"]
    after = remembered(known, first)
    confirmed = {**after.records[1].ours, Field.PROVENANCE: Provenance.CONFIRMED.value}
    after = replace(after, records=(after.records[0], replace(after.records[1], ours=confirmed)))
    assert [t.rule for t in decide(after, steps, TODAY).tasks] == ["call / apologise"]


def test_no_offer_while_the_reason_is_unconfirmed() -> None:
    offer = playbook(PlaybookTask("offer", "Offer", ask=Ask.OFFER))
    decision = decide(case(*LOST, contacts=(yes(),)), book(playbooks=(offer,)), TODAY)
    assert decision.tasks == ()
    assert decision.not_made[0].because == "an offer waits until the reason is confirmed"


@pytest.mark.parametrize(
    "contact",
    [eva(opted_out=True), eva(permission=Permission.NO), eva(left=True)],
    ids=["opted out", "said no", "left"],
)
def test_nobody_is_asked_to_contact_whoever_said_no(contact: Any) -> None:
    decision = decide(case(*LOST, contacts=(contact,)), book(), TODAY)
    assert decision.tasks == ()
    assert [n.rule for n in decision.not_made] == ["call / listen"]


def test_an_opt_out_closes_the_tasks_about_that_person() -> None:
    known = case(*LOST, contacts=(eva(),))
    after = remembered(known, decide(known, book(), TODAY))
    decision = decide(replace(after, contacts=(eva(opted_out=True),)), book(), TODAY)
    assert list(decision.close.values()) == ["Eva Bauer has opted out"]


def test_hidden_consent_is_told_in_the_task() -> None:
    decision = decide(case(*LOST, contacts=(eva(opted_out=None),)), book(), TODAY)
    assert "check consent first" in decision.tasks[0].draft.body


def test_a_suppression_bars_everything() -> None:
    partner = book(suppressions=(Suppression(when("wins > 0"), "a partner"),))
    decision = decide(case(*LOST, contacts=(eva(),)), partner, TODAY)
    assert decision.tasks == ()
    assert decision.fields[ACCOUNT][Field.STATUS] == "do not contact"


def test_permission_is_asked_for_once_within_the_window() -> None:
    ask = book(playbooks=(playbook(PlaybookTask("permit", "Ask", ask=Ask.ASK_PERMISSION)),))
    assert len(decide(case(*LOST, contacts=(eva(),)), ask, TODAY).tasks) == 1
    old = case(won("1", 400), lost("2", 31), contacts=(eva(),))
    assert decide(old, ask, TODAY).tasks == ()
    assert decide(case(*LOST, contacts=(yes(),)), ask, TODAY).tasks == ()


QUARTERLY = Cadence(name="Quarterly", every=Span(3, Unit.MONTH))


def test_a_cadence_needs_a_yes() -> None:
    quarterly = book(cadences=(QUARTERLY,), playbooks=())
    known = case(won("1", 500), lost("2", 85), contacts=(eva(),))
    assert decide(known, quarterly, TODAY).tasks == ()
    (task,) = decide(replace(known, contacts=(yes(),)), quarterly, TODAY).tasks
    assert task.draft.key.endswith(":quarterly:1")
    assert task.draft.due_on == date(2026, 6, 22)


def test_only_near_touches_are_made_and_the_day_to_look_again_is_kept() -> None:
    quarterly = book(cadences=(QUARTERLY,), playbooks=())
    decision = decide(case(*LOST, contacts=(yes(),)), quarterly, TODAY)
    assert decision.tasks == ()
    assert decision.look_again_on == date(2026, 9, 12) - timedelta(days=14)


def test_a_cadence_ends() -> None:
    short = replace(QUARTERLY, until=Span(1, Unit.MONTH))
    known = case(won("1", 500), lost("2", 85), contacts=(yes(),))
    decision = decide(known, book(cadences=(short,), playbooks=()), TODAY)
    assert decision.tasks == ()


def test_a_task_of_somebody_who_left_goes_on_to_the_next() -> None:
    boss = Owner("U2", "Bea Boss")
    known = case(*LOST, contacts=(eva(),))
    after = remembered(known, decide(known, book(), TODAY))
    gone = replace(ANN, active=False, manager_id="U2")
    decision = decide(replace(after, owners={"U1": gone, "U2": boss}), book(), TODAY)
    assert [handed.owner_id for handed in decision.reassign.values()] == ["U2"]
    note = "Hand-over: Ann Lee, who owned this account, has left; it now sits with Bea Boss"
    assert all(handed.note.startswith(note) for handed in decision.reassign.values())


def test_a_task_that_nobody_can_get_is_told_with_what_to_do() -> None:
    decision = decide(case(*LOST, contacts=(eva(),), owners={}), book(), TODAY)
    assert decision.tasks == ()
    assert decision.parked[0].because


def test_a_task_can_go_to_the_user_in_a_field() -> None:
    to_csm = playbook(PlaybookTask("listen", "Call", assign=Assign(AssignTo.FIELD, "CSM__c")))
    known = case(
        *LOST, owners={"U1": ANN, "U3": Owner("U3", "Cy Es")}, account_fields={"CSM__c": "U3"}
    )
    assert decide(known, book(playbooks=(to_csm,)), TODAY).tasks[0].draft.owner_id == "U3"


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


def test_when_the_only_contact_says_no_the_account_says_so() -> None:
    decision = decide(case(*LOST, contacts=(eva(opted_out=True),)), book(), TODAY)
    assert decision.fields[ACCOUNT][Field.STATUS] == "do not contact"


def test_a_loss_without_a_reason_does_not_hide_one_that_had_it() -> None:
    deals = (won("1", 400), lost("2", 60), lost("3", 3))
    records = tuple(
        snapshot(d, {"Loss_Notes__c": "too expensive"} if d.id == "2" else {}) for d in deals
    )
    decision = decide(case(*deals, records=records), book(), TODAY)
    assert decision.fields[ACCOUNT][Field.REASON] == "price"


def test_what_a_condition_asked_for_in_vain_is_told() -> None:
    picky = book(playbooks=(playbook(PlaybookTask("call", "Call"), when=when("country == 'DE'")),))
    decision = decide(case(*LOST, contacts=(eva(),)), picky, TODAY)
    assert (decision.missing, decision.tasks) == (("country",), ())
