"""Whom a task may ask to contact (row P10): opt-out beats every rule, unknown is not a yes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.consent import CHECK_FIRST, choose_contact, consent, nobody_left, permission_of
from rules.model import Contact, Permission
from rules.playbook import Ask
from tests.rules.cases import TODAY, days_ago, eva, yes

A_MONTH = timedelta(days=30)


def may(ask: Ask, contact: Contact | None, known: int = 3, *, anyone: bool = False) -> bool:
    return consent(
        ask, contact, anyone=anyone, known_on=days_ago(known), today=TODAY, window=A_MONTH
    ).allowed


@pytest.mark.parametrize("ask", [ask for ask in Ask if ask is not Ask.INTERNAL])
@pytest.mark.parametrize(
    "no", [eva(opted_out=True), eva(permission=Permission.NO), yes(opted_out=True)]
)
def test_a_no_beats_every_sort_of_task_but_those_among_ourselves(ask: Ask, no: Contact) -> None:
    assert not may(ask, no)
    assert may(Ask.INTERNAL, no)


@pytest.mark.parametrize(
    ("ask", "unknown", "agreed"),
    [
        (Ask.FOLLOW_UP, True, True),
        (Ask.INTERVIEW, True, True),
        (Ask.APOLOGY, True, True),
        (Ask.EMAIL, False, True),
        (Ask.OFFER, False, True),
        (Ask.ASK_PERMISSION, True, False),
    ],
)
def test_unknown_consent_allows_the_follow_up_and_one_question(
    ask: Ask, unknown: bool, agreed: bool
) -> None:
    assert may(ask, eva()) is unknown
    assert may(ask, yes()) is agreed


def test_permission_is_asked_for_within_the_window_only() -> None:
    assert may(Ask.ASK_PERMISSION, eva(), 30)
    assert not may(Ask.ASK_PERMISSION, eva(), 31)


def test_a_yes_that_has_run_out_is_unknown_again() -> None:
    assert permission_of(yes(permission_until=TODAY), TODAY) is Permission.YES
    assert permission_of(yes(permission_until=days_ago(1)), TODAY) is Permission.UNKNOWN
    assert permission_of(yes(opted_out=True), TODAY) is Permission.NO


def test_without_any_contact_the_account_itself_may_be_followed_up() -> None:
    assert may(Ask.FOLLOW_UP, None)
    assert not may(Ask.OFFER, None)
    assert not may(Ask.FOLLOW_UP, None, anyone=True)  # there are some, and none may be contacted


def test_hidden_consent_is_to_be_checked_first() -> None:
    told = consent(
        Ask.FOLLOW_UP, eva(opted_out=None), anyone=True, known_on=TODAY, today=TODAY, window=A_MONTH
    )
    assert (told.allowed, told.note) == (True, CHECK_FIRST)


def test_the_person_on_the_lost_record_comes_before_one_with_a_yes() -> None:
    ann, bo, cy = (yes(id="A", name="Ann"), eva(id="B", name="Bo"), eva(id="C", name="Cy"))
    assert choose_contact((cy, bo, ann), "C") == cy
    assert choose_contact((cy, bo, ann), None) == ann
    assert choose_contact((cy, bo), "A") == bo
    assert choose_contact((eva(left=True),), "C1") is None


def test_nobody_is_left_once_all_said_no_and_not_when_all_moved_on() -> None:
    assert nobody_left((eva(opted_out=True), eva(left=True)))
    assert not nobody_left((eva(left=True),))
    assert not nobody_left((eva(opted_out=True), eva()))
