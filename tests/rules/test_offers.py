"""Offers: which one fits, whose yes it needs, and the smaller yes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from rules.case import Case, Decision, KnownTask
from rules.decide import decide
from rules.model import Field, Outcome, Provenance
from rules.people import Assign, AssignTo
from rules.playbook import APPROVAL, Ask, Offer, PlaybookTask
from rules.rulebook import Rulebook
from rules.ruleset import Tier
from rules.spans import Span, Unit
from tests.rules.cases import TODAY, case, eva, lost, remembered, won, yes
from tests.rules.plays import customer, only, plan, steps

OFFER = PlaybookTask("offer", "Offer {{ offer.name }}", ask=Ask.OFFER)


def with_reason_confirmed(known: Case, rules: Rulebook) -> Case:
    """The customer once decided, after somebody set the rung on the lost record."""
    after = remembered(known, decide(known, rules, TODAY))
    chosen = {**after.records[1].ours, Field.PROVENANCE: Provenance.CONFIRMED.value}
    return replace(after, records=(after.records[0], replace(after.records[1], ours=chosen)))


def offered(offer: Offer, approved: Outcome | None = None, asked: bool = False) -> Decision:
    offering = plan(OFFER, offers=(offer,))
    after = with_reason_confirmed(replace(customer(), contacts=(yes(),)), offering)
    if asked:
        [recovery] = after.recoveries
        key = f"{recovery.id}:offer{APPROVAL}:1"
        task = KnownTask(key, TODAY, written=True, closed=True, done_on=TODAY, outcome=approved)
        after = replace(after, recoveries=(replace(recovery, tasks=(task,)),))
    return decide(after, offering, TODAY)


def test_the_offer_that_fits_is_named() -> None:
    half = Offer("half price", cap=Decimal(500), expires_after=Span(30, Unit.DAY))
    task = only(offered(half))
    assert task.draft.subject == "Offer half price"
    assert "half price, at most EUR 500, good until 15 July 2026." in task.draft.body


def test_without_a_fitting_offer_none_is_made() -> None:
    decision = offered(Offer("half price", categories=("service",)))
    assert decision.tasks == ()
    assert decision.not_made[0].because == "no [[offer]] is for price, tier none"


@pytest.mark.parametrize(
    ("asked", "outcome", "wanted"),
    [
        (False, None, ["offer.approve:1"]),
        (True, None, ["offer:1"]),
        (True, Outcome.NOT_THIS_ONE, []),
    ],
)
def test_an_offer_may_need_a_yes(asked: bool, outcome: Outcome | None, wanted: list[str]) -> None:
    half = Offer("half price", approval=Assign(AssignTo.MANAGER))
    decision = offered(half, outcome, asked)
    assert steps(decision) == wanted
    assert decision.recoveries[0].end is None


def test_a_smaller_yes_is_something_that_they_bought_before() -> None:
    smaller = PlaybookTask("less", "{{ smaller.name }} for {{ smaller.value }}")
    deals = (won("big", 500, 9000), won("small", 400, 300), lost("2", 3))
    known = case(*deals, contacts=(eva(),))
    assert only(decide(known, plan(smaller), TODAY)).draft.subject == "Deal small for EUR 300"


def test_an_offer_waits_while_nobody_has_said_yes_or_no() -> None:
    half = Offer("half price", approval=Assign(AssignTo.MANAGER))
    waiting = plan(OFFER, offers=(half,))
    confirmed = with_reason_confirmed(replace(customer(), contacts=(yes(),)), waiting)
    [recovery] = confirmed.recoveries
    question = KnownTask(f"{recovery.id}:offer{APPROVAL}:1", TODAY, written=True)
    asked = replace(confirmed, recoveries=(replace(recovery, tasks=(question,)),))
    decision = decide(asked, waiting, TODAY)
    assert decision.tasks == ()
    assert 'the offer "half price" waits to be approved' in [
        note.because for note in decision.not_made
    ]


def test_an_offer_may_be_for_some_tiers_alone() -> None:
    small, key = Offer("ten per cent", tiers=("small",)), Offer("half price", tiers=("key",))
    tiers = plan(OFFER, offers=(key, small), tiers=(Tier("small"),))
    confirmed = with_reason_confirmed(replace(customer(), contacts=(yes(),)), tiers)
    assert only(decide(confirmed, tiers, TODAY)).draft.subject == "Offer ten per cent"


@pytest.mark.parametrize(
    ("cap", "share", "told"),
    [
        (Decimal(500), 0.1, "at most EUR 100,"),
        (Decimal(50), 0.1, "at most EUR 50,"),
        (None, 0.25, "at most EUR 250,"),
    ],
)
def test_the_lower_of_two_caps_holds(cap: Decimal | None, share: float, told: str) -> None:
    capped = Offer("half price", cap=cap, cap_share=share, expires_after=Span(30, Unit.DAY))
    assert told in only(offered(capped)).draft.body
