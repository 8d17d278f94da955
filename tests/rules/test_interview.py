"""The exit interview: what it moves, and of which departure it speaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rules.case import Case, Decision, LossReason, Recovery
from rules.decide import decide
from rules.interview import BY_INTERVIEW, interview_of
from rules.model import Account, Field, Kind, Outcome, Permission, Provenance, Ref, Snapshot
from rules.ruleset import Reason
from tests.rules.cases import ACCOUNT, TODAY, book, case, eva, lost, remembered, rules, won

CONTACT = Ref("Contact", "C1")
PAIN = "It was too expensive for us."


def answered(known: Case, **answers: str) -> Case:
    """The case with these answers on the account, and the contact's record beside it."""
    ours = {Field[name.upper()]: value for name, value in answers.items()}
    account = Snapshot(ACCOUNT, Kind.ACCOUNT, Account("A1", "Foo AG", owner_id="U1"), ours=ours)
    person = Snapshot(CONTACT, Kind.CONTACT, eva())
    others = tuple(r for r in known.records if r.ref not in (ACCOUNT, CONTACT))
    return replace(known, records=(*others, account, person))


def departed(words: str | None = None) -> tuple[Case, Decision]:
    """A customer who left and was decided once."""
    known = case(won("1", 400), lost("2", 3), contacts=(eva(),), words=words)
    first = decide(known, book(), TODAY)
    return remembered(known, first), first


def decided(known: Case) -> Decision:
    return decide(known, book(), TODAY)


@pytest.mark.parametrize(
    ("answers", "rung"),
    [
        ({}, Provenance.GUESSED),
        ({"did_well": "The people."}, Provenance.GUESSED),
        ({"what_happened": PAIN}, Provenance.TOLD),
        ({"complaint_restated": PAIN}, Provenance.TOLD),
        ({"complaint_restated": PAIN, "complaint_confirmed": "False"}, Provenance.TOLD),
        ({"complaint_restated": PAIN, "complaint_confirmed": "true"}, Provenance.CONFIRMED),
        ({"complaint_confirmed": "True"}, Provenance.CONFIRMED),
    ],
)
def test_the_rung_rises_with_what_is_filled_in(answers: dict[str, str], rung: Provenance) -> None:
    known, _ = departed("too expensive")
    decision = decided(answered(known, **answers))
    assert decision.losses[0].reason.provenance is rung
    assert decision.fields[ACCOUNT][Field.PROVENANCE] == rung.value


def test_what_they_say_names_an_unknown_reason() -> None:
    known, first = departed()
    assert first.losses[0].reason.category == "unknown"
    reason = decided(answered(known, what_happened=PAIN)).losses[0].reason
    assert (reason.category, reason.provenance, reason.by) == (
        "price",
        Provenance.TOLD,
        "the exit interview",
    )


def test_what_they_say_against_the_reason_that_stands_is_a_question() -> None:
    known, _ = departed("too expensive")
    service = Reason("service", "Service", phrases=("nobody answered",))
    both = book(reasons=(*rules().reasons, service))
    told = answered(known, what_happened="Nobody answered our calls.")
    reason = decide(told, both, TODAY).losses[0].reason
    assert (reason.category, reason.disagrees, reason.provenance) == (
        "price",
        True,
        Provenance.TOLD,
    )
    assert "but in the exit interview they say Service" in reason.because


@pytest.mark.parametrize(("words", "by"), [(None, BY_INTERVIEW), ("too expensive", "")])
def test_what_they_told_us_of_a_departure_that_is_over_stays(words: str | None, by: str) -> None:
    known, _ = departed(words)
    told = LossReason(category="price", provenance=Provenance.TOLD, by=BY_INTERVIEW)
    over = replace(
        known,
        losses=(replace(known.losses[0], reason=told),),
        recoveries=(replace(known.recoveries[0], ended_on=TODAY, end="not now"),),
    )
    reason = decided(over).losses[0].reason
    assert (reason.category, reason.provenance) == ("price", Provenance.TOLD)
    assert reason.by == (by or LossReason().by)


def test_answers_about_an_earlier_departure_say_nothing_of_this_one() -> None:
    known, _ = departed("too expensive")
    known = answered(known, complaint_restated=PAIN, complaint_confirmed="true")
    before = Recovery(
        "r",
        TODAY,
        None,
        opened=False,
        interview_before={
            Field.COMPLAINT_RESTATED: PAIN,
            Field.COMPLAINT_CONFIRMED: "true",
        },
    )
    assert interview_of(known, before).rung is None
    restated = answered(known, complaint_restated="You were late.", complaint_confirmed="true")
    assert interview_of(restated, before).rung is Provenance.CONFIRMED


def test_leaving_again_remembers_what_the_interview_held() -> None:
    often = [won(f"w{days}", days) for days in (560, 540, 520, 500)]
    back = replace(won("3", 140), created_on=TODAY - timedelta(days=145))
    known = answered(case(*often, lost("2", 150), back, lost("4", 3)), what_happened=PAIN)
    first, again = decide(known, book(), TODAY).recoveries
    assert (first.interview_before, again.interview_before) == ({}, {Field.WHAT_HAPPENED: PAIN})


def test_a_yes_in_the_interview_is_a_permission_of_the_one_contact() -> None:
    known, _ = departed()
    decision = decided(answered(known, keep_in_touch="yes"))
    assert decision.fields[CONTACT][Field.PERMISSION] == "yes"
    assert decision.fields[CONTACT][Field.PERMISSION_UNTIL] == "2028-06-15"


def test_a_yes_before_our_first_task_is_of_whom_that_task_names_from_the_first_decision_on() -> (
    None
):
    known = replace(
        answered(case(won("1", 400), lost("2", 3)), keep_in_touch="yes"),
        contacts=(eva(name="Zoe"), replace(eva(name="Ann"), id="C2")),
    )
    zoe, ann = (Snapshot(Ref("Contact", c.id), Kind.CONTACT, c) for c in known.contacts)
    known = replace(known, records=(*(r for r in known.records if r.ref != CONTACT), zoe, ann))
    first = decided(known)
    assert first.fields[ann.ref][Field.PERMISSION] == "yes"
    assert CONTACT not in first.fields
    assert {task.draft.contact_id for task in first.tasks} == {"C2"}
    again = decided(remembered(known, first))
    assert again.fields[ann.ref] == first.fields[ann.ref]
    assert not again.tasks


def test_whoever_takes_that_yes_back_does_not_pass_it_on_to_the_next() -> None:
    left = replace(eva(name="Ann"), id="C2", permission=Permission.NO)
    known = replace(
        answered(case(won("1", 400), lost("2", 3)), keep_in_touch="yes"),
        contacts=(left, eva(name="Zoe")),
    )
    ann = Snapshot(Ref("Contact", "C2"), Kind.CONTACT, left)
    known = replace(
        known,
        records=(*known.records, ann),
        written={ann.ref: {Field.PERMISSION: "yes"}},
    )
    assert CONTACT not in decided(known).fields


def test_a_no_of_somebody_whom_nothing_names_counts_for_everybody() -> None:
    people = (eva(), replace(eva(), id="C2", name="Jan Kos"))
    known = case(won("1", 400), lost("2", 3), contacts=people)
    assert decided(known).tasks
    assert not decided(answered(known, keep_in_touch="no")).tasks


def test_the_end_of_their_contract_and_the_budget_month_are_read() -> None:
    known, _ = departed()
    known = answered(known, contract_end="2027-01-31", budget_month="March", would_return="Perhaps")
    heard = interview_of(known, Recovery("r", TODAY, None, opened=False))
    assert heard.contract_ends_on == date(2027, 1, 31)
    assert (heard.budget_month, heard.would_return) == (3, "perhaps")
    assert decided(known).look_again_on == TODAY + timedelta(days=7)
    only_month = answered(departed()[0], budget_month="March")
    assert decided(only_month).look_again_on == TODAY + timedelta(days=7)


# ---- what the rep answers


def after(outcome: Outcome, **contact: Any) -> Case:
    known = case(won("1", 400), lost("2", 3), contacts=(eva(**contact),))
    first = decide(known, book(), TODAY)
    done = remembered(known, first, outcome=outcome, done_on=TODAY, closed=True)
    return answered(done)


def test_who_asked_to_stop_is_not_contacted_by_a_later_recovery() -> None:
    stopped = after(Outcome.ASKED_TO_STOP)
    decision = decided(stopped)
    assert decision.fields[CONTACT] == {Field.PERMISSION: "no"}
    ended = replace(stopped.recoveries[0], ended_on=TODAY, end="do not contact")
    later = replace(stopped, recoveries=(ended,), opportunities=(won("1", 400), lost("5", 1)))
    assert decide(later, book(), TODAY).tasks == ()


def test_a_person_may_lift_a_stop() -> None:
    stopped = after(Outcome.ASKED_TO_STOP, permission=Permission.YES)
    lifted = replace(stopped, written={CONTACT: {Field.PERMISSION: "no"}})
    assert decided(lifted).fields[ACCOUNT][Field.STATUS] == "do not contact"  # it has ended
    ended = replace(stopped.recoveries[0], ended_on=TODAY, end="do not contact")
    new = case(won("1", 400), lost("2", 3), lost("7", 1), contacts=lifted.contacts)
    new = answered(replace(new, losses=lifted.losses, recoveries=(ended,), written=lifted.written))
    assert [t.draft.contact_id for t in decided(new).tasks] == ["C1"]


def test_a_no_in_the_crm_outweighs_a_yes_on_a_task() -> None:
    decision = decided(after(Outcome.GAVE_PERMISSION, permission=Permission.NO))
    assert decision.tasks == ()
