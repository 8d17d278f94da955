"""Offers: which one fits, whose yes it needs, and the smaller yes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from rules.case import Decision, KnownTask
from rules.decide import decide
from rules.model import Field, Outcome, Provenance
from rules.people import Assign, AssignTo
from rules.playbook import APPROVAL, Ask, Offer, PlaybookTask
from rules.spans import Span, Unit
from tests.rules.cases import TODAY, case, eva, lost, remembered, won, yes
from tests.rules.plays import customer, only, plan, steps

OFFER = PlaybookTask("offer", "Offer {{ offer.name }}", ask=Ask.OFFER)


def offered(offer: Offer, approved: Outcome | None = None, asked: bool = False) -> Decision:
    offering = plan(OFFER, offers=(offer,))
    known = replace(customer(), contacts=(yes(),))
    after = remembered(known, decide(known, offering, TODAY))
    chosen = {**after.records[1].ours, Field.PROVENANCE: Provenance.CONFIRMED.value}
    after = replace(after, records=(after.records[0], replace(after.records[1], ours=chosen)))
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
