"""Which tasks a decision wants: of whom, with whose consent, and for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rules.case import Decision
from rules.decide import decide
from rules.model import Field, Owner, Permission, Provenance
from rules.people import Assign, AssignTo
from rules.playbook import Ask, Cadence, Playbook, PlaybookTask
from rules.ruleset import Suppression
from rules.schema_plays import after as waiting_for
from rules.spans import Span, Unit
from tests.rules.cases import (
    ACCOUNT,
    ANN,
    TODAY,
    book,
    case,
    eva,
    lost,
    remembered,
    snapshot,
    when,
    won,
    yes,
)

LOST = (won("1", 400), lost("2", 3))


def playbook(*tasks: PlaybookTask, **changes: Any) -> Playbook:
    return replace(Playbook(name="call", tasks=tasks), **changes)


def test_a_task_that_a_person_deleted_is_never_made_again() -> None:
    known = case(*LOST, contacts=(eva(),))
    after = remembered(known, decide(known, book(), TODAY), deleted=True)
    assert decide(after, book(), TODAY).tasks == ()


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


def test_when_the_only_contact_says_no_the_account_says_so() -> None:
    decision = decide(case(*LOST, contacts=(eva(opted_out=True),)), book(), TODAY)
    assert decision.fields[ACCOUNT][Field.STATUS] == "do not contact"


def test_what_a_condition_asked_for_in_vain_is_told() -> None:
    picky = book(playbooks=(playbook(PlaybookTask("call", "Call"), when=when("country == 'DE'")),))
    decision = decide(case(*LOST, contacts=(eva(),)), picky, TODAY)
    assert (decision.missing, decision.tasks) == (("country",), ())


def not_made(decision: Decision) -> list[tuple[str, str]]:
    return [(note.rule, note.because) for note in decision.not_made]


def test_the_facts_are_those_of_the_person_on_the_lost_record() -> None:
    for_those_who_agreed = playbook(
        PlaybookTask("listen", "Call {{ contact.name }}"), when=when("permission == 'yes'")
    )
    people = (eva(), yes(id="C2", name="Zed Last"))
    deals = tuple(snapshot(deal, contact_id="C2") for deal in LOST)
    known = case(*LOST, contacts=people, records=deals)
    agreed = book(playbooks=(for_those_who_agreed,))
    assert [t.draft.subject for t in decide(known, agreed, TODAY).tasks] == ["Call Zed Last"]
    other = replace(known, records=tuple(snapshot(deal, contact_id="C1") for deal in LOST))
    assert decide(other, agreed, TODAY).tasks == ()


def test_what_was_not_made_is_told_by_rule_and_reason() -> None:
    partner = book(suppressions=(Suppression(when("wins > 0"), "a partner"),))
    known = case(*LOST, contacts=(yes(),))
    assert not_made(decide(known, partner, TODAY)) == [("suppression", "a partner")]
    nothing_fits = book(playbooks=(playbook(when=when("wins > 9")),))
    assert not_made(decide(known, nothing_fits, TODAY)) == [
        ("playbooks", "no playbook's condition holds for this loss")
    ]


def test_one_cadence_that_does_not_hold_leaves_the_next() -> None:
    key = replace(QUARTERLY, name="Key", when=when("wins > 9"))
    both = book(cadences=(key, replace(QUARTERLY, when=when("wins == 1"))), playbooks=())
    known = case(won("1", 500), lost("2", 85), contacts=(yes(),))
    decision = decide(known, both, TODAY)
    assert [task.rule for task in decision.tasks] == ["cadence Quarterly"]
    assert ("cadence Key", "its condition does not hold") in not_made(decision)
    delivered = decide(remembered(known, decision), both, TODAY)
    assert ("cadence Quarterly", "the touch before it is still open") in not_made(delivered)
