"""What a CRM says of itself, held against the rules: cases without a CRM."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.examination import Allowance, ApiVersion, Examination
from connectors.hubspot.versions import version as hubspot_version
from connectors.salesforce.versions import version as salesforce_version
from integration import examined
from integration.people_named import Named, NamedQueue
from rules.model import Owner
from rules.people import Role
from rules.reasons import Categoriser
from rules.ruleset import Reason

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()
PRICE = Reason("price", "Price", values=("Too  Expensive",), phrases=("cost too high",))
FIELD = ("Opportunity", "Loss_Reason__c")
ANN = Owner("1", "Ann", "Ann@acme.example")
LEFT = Owner("2", "Bob", "bob@acme.example", active=False)


def values() -> examined.Values:
    claimed = frozenset({"too expensive", "price"})
    return examined.Values(Categoriser((PRICE,)), claimed)


def picklist(*found: str) -> Examination:
    return Examination(picklists={FIELD: found})


def test_values_that_a_category_names_or_whose_words_it_knows_are_understood() -> None:
    [one] = examined.picklists(picklist("too expensive", "Price", "Cost too high"), values())
    assert one.ok


def test_a_value_that_no_category_claims_is_named() -> None:
    [one] = examined.picklists(picklist("Price", "Weather", "Moon"), values())
    assert not one.ok
    assert one.sentence.startswith('"Weather", "Moon" count as unknown: add them')


def test_a_value_that_the_rules_wait_for_and_nobody_can_pick() -> None:
    offered = examined.offered([("sales", *FIELD)], {"sales": picklist("Price")})
    assert offered is not None
    [one] = examined.values_nowhere(["price", "Pricing"], offered)
    assert one.sentence.startswith('no picklist has "Pricing"')


@pytest.mark.parametrize("seen", [{}, {"sales": Examination()}])
def test_nothing_is_called_missing_where_a_field_was_not_seen_or_is_free_text(
    seen: dict[str, Examination],
) -> None:
    assert examined.offered([("sales", *FIELD)], seen) is None


def test_people_who_left_or_never_were() -> None:
    named = [
        Named("ann@acme.example", "listed"),
        Named("bob@acme.example", "assigned a task", gets_tasks=True),
        Named("eve@acme.example", "listed"),
        Named("kim@acme.example", "listed"),
    ]
    elsewhere = frozenset({"kim@acme.example", "bob@acme.example"})
    found = list(examined.people(Examination(people=(ANN, LEFT)), named, elsewhere))
    assert [(one.what, one.ok) for one in found] == [
        ("bob@acme.example", False),
        ("eve@acme.example", False),
    ]
    assert found[0].sentence.startswith("has left, but is assigned a task")


@pytest.mark.parametrize(
    ("members", "fine"),
    [(("ann@acme.example", "eve@acme.example"), True), (("bob@acme.example",), False)],
)
def test_a_role_needs_somebody_who_is_there(members: tuple[str, ...], fine: bool) -> None:
    examination = Examination(people=(ANN, LEFT))
    [one] = examined.roles(examination, [Role("Care", members)])
    assert (one.what, one.ok) == (("roles", True) if fine else ('role "Care"', False))


def test_queues_that_the_crm_does_not_have_are_named() -> None:
    care, sales = NamedQueue("care", "assigned a task"), NamedQueue("00G2", "assigned a task")
    both = Examination(queues=(Owner("00G1", "Care"), Owner("00G2", "Sales")))
    [fine] = examined.queues(both, [care, sales], [])
    assert (fine.ok, fine.sentence) == (True, "2 queues of the rule file, all there")
    [missing] = examined.queues(Examination(queues=(Owner("00G1", "Care"),)), [care, sales], [])
    assert (missing.what, missing.ok) == ('queue "00G2"', False)
    assert "but it is assigned a task: correct the name" in missing.sentence
    [there] = examined.queues(Examination(queues=()), [care], [Owner("9", "Care")])
    assert there.ok
    assert "the other CRM alone" in there.sentence


def test_a_crm_that_shows_no_queues_lacks_none() -> None:
    named = [NamedQueue("Care", "assigned a task")]
    [told] = examined.queues(Examination(queues=None), named, [])
    assert told.ok
    assert list(examined.queues(Examination(queues=()), [], [])) == []


@pytest.mark.parametrize(("manager", "fine"), [(ANN, True), (LEFT, False)])
def test_accounts_left_behind_need_an_active_manager(manager: Owner, fine: bool) -> None:
    named = [Named(manager.email, "the manager of x", is_manager=True)]
    examination = Examination(people=(ANN, LEFT), left_behind=1)
    owners = [
        one for one in examined.people(examination, named, frozenset()) if one.what == "owners"
    ]
    assert [one.ok for one in owners] == [fine]
    assert owners[0].sentence.startswith("1 account is owned by people who left")


@pytest.mark.parametrize(
    ("ahead", "fine", "words"),
    [(59, True, "within 59 s"), (-61, False, "61 s behind"), (300, False, "5 min ahead of")],
)
def test_clocks(ahead: int, fine: bool, words: str) -> None:
    [one] = examined.clock(NOW - timedelta(seconds=ahead), NOW)
    assert (one.ok, words in one.sentence) == (fine, True)


def test_a_crm_without_a_clock_is_not_judged() -> None:
    assert list(examined.clock(None, NOW)) == []


@pytest.mark.parametrize(("left", "fine"), [(900, True), (100, True), (99, False)])
def test_calls_of_the_day(left: int, fine: bool) -> None:
    [one] = examined.limits(Allowance(left, 1_000), 0.2)
    assert one.ok is fine
    assert "ours are 200 (20%)" in one.sentence


@pytest.mark.parametrize(
    ("found", "fine", "words"),
    [
        (hubspot_version("v3"), False, "ends on 30 March 2027, in 129 days"),
        (hubspot_version("2026-03"), True, "served until 1 September 2027"),
        (hubspot_version("2026-09"), True, "served until 8 March 2028"),
        (hubspot_version("2027-12"), True, "served until 1 June 2029"),
        (salesforce_version("67.0"), True, "no end is announced"),
        (salesforce_version("68.0"), True, "newer than v67.0"),
        (salesforce_version("30.0"), False, "is no longer served"),
        (ApiVersion("x", date(2027, 5, 20), "y"), False, "in 180 days"),
        (ApiVersion("x", date(2027, 5, 21), "y"), True, "served until"),
    ],
)
def test_versions(found: ApiVersion, fine: bool, words: str) -> None:
    [one] = examined.version(found, TODAY)
    assert (one.ok, words in one.sentence) == (fine, True), one.sentence
