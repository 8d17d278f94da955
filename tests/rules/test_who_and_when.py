"""Who gets a step of a playbook, and for which day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules.case import Workload
from rules.decide import decide
from rules.model import Account, Fault, Outcome, Owner
from rules.people import Assign, AssignTo, Person, Pick, Role
from rules.playbook import Ask, ExitInterview, Never, Unanswered
from rules.rulebook import Rulebook
from rules.ruleset import Reason
from rules.spans import Span, Unit
from tests.rules.cases import ANN, TODAY, remembered
from tests.rules.plays import LISTEN, STAFF, customer, only, plan

DOT = Owner("U4", "Dot Fry", "dot@acme.example", teams=("Inside",))


def given_to(book_: Rulebook) -> str:
    return only(decide(customer(), book_, TODAY)).draft.owner_id


def test_whose_fault_it_was_does_not_make_the_call() -> None:
    rude = Reason("price", "Price", Fault.MINE, phrases=("too expensive",))
    mine = plan(LISTEN, reasons=(rude,))
    task = only(decide(customer(), mine, TODAY))
    assert task.draft.owner_id == "U2"
    assert "Hand-over: Ann Lee, who owned this account, is left out" in task.draft.body
    alone = replace(customer(), owners={"U1": ANN})
    assert only(decide(alone, mine, TODAY)).draft.owner_id == "U1"


def test_a_stand_in_comes_before_a_colleague() -> None:
    people = (Person("ann@acme.example", stand_in="cy@acme.example", away_until=date(2027, 1, 1)),)
    assert given_to(plan(LISTEN, people=people)) == "U3"


def test_who_is_there_needs_no_stand_in() -> None:
    people = (Person("ann@acme.example", stand_in="cy@acme.example"),)
    nobody = replace(LISTEN, assign=Assign(AssignTo.FIELD, "CSM__c"))
    assert given_to(plan(nobody, people=people)) == "U1"
    unowned = replace(customer(), account=Account("A1", "Bauer Ltd"))
    task = only(decide(unowned, plan(LISTEN, people=people), TODAY))
    assert task.draft.owner_id == "U1", "the lost record's owner"


def test_the_first_of_a_list_who_can_do_it() -> None:
    chain = Assign(AssignTo.FIELD, "CSM__c", Assign(AssignTo.PERSON, "cy@acme.example"))
    assert given_to(plan(replace(LISTEN, assign=chain))) == "U3"


@pytest.mark.parametrize(("pick", "owner"), [(Pick.ROUND_ROBIN, "U3"), (Pick.LEAST_LOADED, "U2")])
def test_a_role_shares_the_work(pick: Pick, owner: str) -> None:
    care = Role("Care", ("bea@acme.example", "cy@acme.example"), pick)
    shared = plan(replace(LISTEN, assign=Assign(AssignTo.ROLE, "Care")), roles=(care,))
    known = customer()
    work = replace(known.workload, given={"U2": 9, "U3": 5}, open={"U2": 1, "U3": 4})
    assert only(decide(replace(known, workload=work), shared, TODAY)).draft.owner_id == owner


def test_who_lost_the_deal_does_not_hold_the_interview() -> None:
    asking = replace(LISTEN, ask=Ask.INTERVIEW)
    never = ExitInterview(never=(Never.RECORD_OWNER,))
    assert given_to(plan(asking, interview=never)) == "U2"
    nobody_else = replace(customer(), owners={"U1": ANN})
    [parked] = decide(nobody_else, plan(asking, interview=never), TODAY).parked
    assert "somebody else holds the exit interview" in parked.because


def tries(rules: Rulebook, count: int, busy: str) -> list[str]:
    """Who gets an interview that nobody answers, try by try, with `busy` the busiest."""
    known = customer()
    known = replace(known, workload=Workload(open={busy: 9}), owners={**STAFF, "U4": DOT})
    got: list[str] = []
    for number in range(count):
        task = only(decide(known, rules, TODAY + timedelta(days=7 * number)))
        got.append(task.draft.owner_id)
        done_on = TODAY + timedelta(days=7 * number)
        answered = {"outcome": Outcome.NO_ANSWER, "done_on": done_on, "closed": True}
        known = remembered(known, decide(known, rules, done_on), **answered)
        known = replace(known, workload=Workload(open={task.draft.owner_id: 9}))
    return got


def test_an_interview_that_nobody_answers_stays_with_whoever_has_it() -> None:
    never = ExitInterview(never=(Never.RECORD_OWNER,))
    asking = plan(replace(LISTEN, ask=Ask.INTERVIEW), interview=never)
    assert tries(asking, 3, busy="U2") == ["U4"] * 3


def test_the_last_try_of_another_rep_is_not_made_by_whoever_tried() -> None:
    never = ExitInterview(never=(Never.RECORD_OWNER,))
    again = replace(LISTEN, ask=Ask.INTERVIEW, attempts=2, unanswered=Unanswered.ANOTHER_REP)
    assert tries(plan(again, interview=never), 3, busy="U2") == ["U4", "U4", "U2"]


def test_the_due_date_is_the_assignees_and_clear_of_the_customers_holidays() -> None:
    account = Account("A1", "Foo SA", owner_id="U1", country="FR")
    known = replace(customer(), account=account)
    before_bastille_day = date(2026, 7, 13)
    people = (Person("ann@acme.example", country="US"),)
    due = replace(LISTEN, due=Span(1, Unit.BUSINESS_DAY))
    task = only(decide(known, plan(due, people=people), before_bastille_day))
    assert task.draft.due_on == date(2026, 7, 15)
    assert "14 July 2026 (National Day at the customer's (FR))" in task.draft.body
