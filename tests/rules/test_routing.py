"""Who gets a task, and what the hand-over says when somebody left or is away."""

from __future__ import annotations

from datetime import date

import pytest

from rules.model import Owner
from rules.people import Assign, AssignTo, Person
from rules.routing import Routed, assignee
from rules.staff import Staff

TODAY = date(2026, 11, 21)
MIA = Owner("M", "Mia Moss", "mia@us.example")
ANN = Owner("A", "Ann Lee", "ann@us.example", manager_id="M")
BO = Owner("B", "Bo Berg", "bo@us.example")
ANN_LEFT = Owner("A", "Ann Lee", "ann@us.example", active=False, manager_id="M")
BO_LEFT = Owner("B", "Bo Berg", "bo@us.example", active=False)

OWNER = Assign()
MANAGER = Assign(AssignTo.MANAGER)


def routed(
    assign: Assign,
    account_owner: Owner | None = ANN,
    record_owner: Owner | None = BO,
    field_owner: Owner | None = None,
    others: tuple[Owner, ...] = (MIA,),
    people: tuple[Person, ...] = (),
) -> Routed:
    known = [o for o in (account_owner, record_owner, field_owner, *others) if o is not None]
    return assignee(
        assign,
        account_owner=account_owner,
        record_owner=record_owner,
        field_owner=lambda _: field_owner,
        staff=Staff({owner.id: owner for owner in known}, people, TODAY),
    )


@pytest.mark.parametrize(
    ("assign", "owner", "because"),
    [
        (OWNER, ANN, "Ann Lee owns the account"),
        (Assign(AssignTo.RECORD_OWNER), BO, "Bo Berg owns the lost record"),
        (MANAGER, MIA, "Mia Moss manages Ann Lee"),
        (Assign(AssignTo.FIELD, "CSM__c"), MIA, "Mia Moss stands in CSM__c"),
        (Assign(AssignTo.PERSON, "BO@us.example "), BO, "Bo Berg is named by the rule"),
    ],
)
def test_the_rule_names_the_person(assign: Assign, owner: Owner, because: str) -> None:
    assert routed(assign, field_owner=MIA) == Routed(owner, because)


def test_a_record_that_nobody_owns_goes_to_the_accounts_owner() -> None:
    got = routed(Assign(AssignTo.RECORD_OWNER), record_owner=None)
    assert got.owner == ANN
    assert got.because.startswith("nobody owns the lost record; it sits with Ann Lee")


def test_a_colleague_is_no_manager_and_neither_of_the_two_owners() -> None:
    team = [Owner(i, i, teams=("Inside",)) for i in ("A", "B", "C")]
    got = routed(Assign(AssignTo.ANOTHER_REP), team[0], team[1], others=(team[2],))
    assert got.owner == team[2]
    assert got.because == "C works with A and has the least to do"


def test_who_left_hands_over_to_the_records_owner() -> None:
    got = routed(OWNER, account_owner=ANN_LEFT)
    assert got.owner == BO
    assert got.handed_over_from == ANN_LEFT
    assert got.because == (
        "Ann Lee, who owned this account, has left; "
        "it now sits with Bo Berg, who owns the lost record"
    )


def test_then_to_their_manager_then_to_any_manager_of_the_table() -> None:
    got = routed(OWNER, account_owner=ANN_LEFT, record_owner=BO_LEFT)
    assert got.owner == MIA
    assert got.because.endswith("it now sits with Mia Moss, who manages Ann Lee")

    people = (Person("someone@us.example", manager="MIA@us.example"),)
    alone = Owner("A", "Ann Lee", "ann@us.example", active=False)
    got = routed(OWNER, account_owner=alone, record_owner=None, people=people)
    assert got.owner == MIA
    assert got.because.endswith("Mia Moss, who is a manager named in [[person]]")


def test_the_table_of_people_knows_managers_where_the_crm_has_none() -> None:
    people = (Person("bo@us.example", manager="mia@us.example"),)
    assert routed(MANAGER, account_owner=BO, people=people).owner == MIA


def test_a_manager_who_left_passes_it_to_their_own_manager() -> None:
    left = Owner("M", "Mia Moss", "mia@us.example", active=False, manager_id="C")
    chief = Owner("C", "Cy Chen", "cy@us.example")
    got = routed(MANAGER, others=(left, chief))
    assert got.owner == chief
    assert got.handed_over_from == left


def test_who_is_away_is_covered_until_the_day_of_return() -> None:
    away = (Person("ann@us.example", away_until=date(2026, 12, 1)),)
    got = routed(OWNER, people=away)
    assert got.owner == BO
    assert got.because.startswith("Ann Lee, who owned this account, is away until 1 December 2026")
    back = (Person("ann@us.example", away_until=TODAY),)
    assert routed(OWNER, people=back).owner == ANN


def test_managers_in_a_circle_end() -> None:
    one = Owner("A", "Ann Lee", active=False, manager_id="M")
    two = Owner("M", "Mia Moss", active=False, manager_id="A")
    got = routed(OWNER, account_owner=one, record_owner=None, others=(two,))
    assert got.owner is None
    assert got.handed_over_from == one
    assert "Ann Lee, who owned this account, has left, and no active manager" in got.because
    assert "name a manager in [[person]]" in got.because


@pytest.mark.parametrize(
    ("assign", "owner", "because"),
    [
        (
            Assign(AssignTo.FIELD, "CSM__c"),
            ANN,
            "CSM__c names no user; it sits with Ann Lee, who owns the account",
        ),
        (
            Assign(AssignTo.QUEUE, "Care"),
            ANN,
            (
                'the CRM shows no queue "Care" that tasks may belong to; '
                "it sits with Ann Lee, who owns the account"
            ),
        ),
        (
            Assign(AssignTo.PERSON, "who@us.example"),
            ANN,
            (
                "no user of the CRM has the address who@us.example; "
                "it sits with Ann Lee, who owns the account"
            ),
        ),
    ],
)
def test_a_choice_that_names_nobody_falls_back_and_says_so(
    assign: Assign, owner: Owner, because: str
) -> None:
    assert routed(assign) == Routed(owner, because)


def test_no_manager_known_falls_back_to_the_owner() -> None:
    got = routed(MANAGER, account_owner=BO, record_owner=BO)
    expected = "no manager of Bo Berg is known; it sits with Bo Berg, who owns the account"
    assert got == Routed(BO, expected)


def test_nobody_at_all_says_what_to_do() -> None:
    got = routed(OWNER, account_owner=None, record_owner=None)
    assert got.owner is None
    assert got.handed_over_from is None
    assert got.because.startswith("nobody owns the account, and no active manager is known: give")


def test_two_users_of_one_address_give_it_to_the_active_one() -> None:
    old = Owner("0", "Bo Berg", "bo@us.example", active=False)
    assert routed(Assign(AssignTo.PERSON, "bo@us.example"), others=(old,)).owner == BO
