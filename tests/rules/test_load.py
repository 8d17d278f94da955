"""The rule file as a rule set, and every sort of fault, all at once."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from decimal import Decimal

import pytest

from rules.fault import RuleFaults
from rules.load import load_reasons, load_ruleset
from rules.model import Fault, Priority, Verdict
from rules.people import Assign, AssignTo
from rules.playbook import AfterKind, Ask
from rules.ruleset import Reason, RuleSet
from rules.spans import Span, Unit

CRMS = {"sales": "salesforce", "hub": "hubspot"}
SHIPPED = (Reason("price", "Price"), Reason("service", "Service"))


def loaded(text: str, crms: dict[str, str] = CRMS) -> RuleSet:
    return load_ruleset(tomllib.loads(text), crms, SHIPPED)


def test_an_empty_file_has_every_default() -> None:
    rules = loaded("")
    assert rules.reasons == SHIPPED
    assert rules.limits.storm_max_losses == 50
    assert rules.lost_when.names[0] == "has_running_contract"


def test_the_sections_of_the_design() -> None:
    rules = loaded(
        """
        [company]
        name = "Acme"
        country = "de-by"
        holidays = [2026-12-24, {date = "2026-12-31", name = "off"}]
        rates = { usd = 0.9 }
        first_day = "2026-01-01"
        competitors = ["Globex"]
        [[watch]]
        name = "closed-lost"
        crm = "sales"
        record = "Opportunity"
        lost_when = { closed = true, won = false }
        [[watch]]
        name = "cancelled"
        crm = "hub"
        record = "2-12345"
        verdict = "customer"
        means = "renewal"
        [[contract]]
        crm = "sales"
        record = "Sub__c"
        running_when = "Status__c == 'Active'"
        [[reason]]
        id = "price"
        fault = "third_party"
        changeable = true
        [[tier]]
        name = "key"
        when = { won_value.gte = 50000 }
        [[person]]
        email = "ann@acme.example"
        away_until = 2026-02-01
        [[suppression]]
        when = "account.Type == 'Partner'"
        [limits]
        merge_within = "12 hours"
        storm_max_share = "10 %"
        [pilot]
        only_owners = "ann@acme.example"
        [[test]]
        given = { category = "price" }
        expect = { tier = "key" }
        """
    )
    assert rules.company.country == "DE-BY"
    assert rules.company.holidays == (date(2026, 12, 24), date(2026, 12, 31))
    assert rules.company.rates == {"USD": Decimal("0.9")}
    assert rules.company.first_day == date(2026, 1, 1)
    assert rules.competitors == ("Globex",)
    assert rules.watches[0].lost_when is not None
    assert rules.watches[1].verdict is Verdict.CUSTOMER
    assert rules.contracts[0].running_when is not None
    assert rules.reasons == (
        Reason("price", "Price", Fault.THIRD_PARTY, rules.reasons[0].changeable),
    )
    assert rules.limits.merge_within == timedelta(hours=12)
    assert rules.limits.storm_max_share == pytest.approx(0.1)
    assert rules.pilot.only_owners == ("ann@acme.example",)


def test_a_playbook_with_its_tasks() -> None:
    playbook = loaded(
        """
        [[playbook]]
        name = "p"
        for = ["prospect", "deal"]
        [[playbook.task]]
        key = "listen"
        subject = "Call {{ contact.name }}"
        due = "2 business days"
        assign = "field:CSM__c"
        priority = "high"
        [[playbook.task]]
        key = "offer"
        subject = "Offer"
        due = "1 week"
        assign = "opportunity owner"
        after = ["listen", "reason_confirmed"]
        ask = "offer"
        """
    ).playbooks[0]
    listen, offer = playbook.tasks
    assert playbook.verdicts == (Verdict.PROSPECT, Verdict.DEAL)
    assert (listen.due, listen.priority) == (Span(2, Unit.BUSINESS_DAY), Priority.HIGH)
    assert listen.assign == Assign(AssignTo.FIELD, "CSM__c")
    assert offer.assign == Assign(AssignTo.RECORD_OWNER)
    assert [one.kind for one in offer.after] == [AfterKind.TASK, AfterKind.REASON_CONFIRMED]
    assert (offer.after[0].name, offer.ask) == ("listen", Ask.OFFER)


def test_a_playbook_that_asks_for_the_verdict_itself_is_for_all() -> None:
    rules = loaded("[[playbook]]\nname = 'p'\nwhen = \"verdict == 'prospect'\"")
    assert rules.playbooks[0].verdicts == tuple(Verdict)


def test_a_cadence_ends_after_18_months_unless_never() -> None:
    first, second = loaded(
        """
        [[cadence]]
        name = "a"
        every = "3 months"
        [[cadence]]
        name = "b"
        every = "2 weeks"
        until = "never"
        """
    ).cadences
    assert first.until == Span(18, Unit.MONTH)
    assert second.until is None


def test_without_any_categories_none_is_refused() -> None:
    file = tomllib.loads("[[suppression]]\nwhen = \"category == 'price'\"")
    assert load_ruleset(file, CRMS).suppressions


def test_reasons_alone() -> None:
    reasons = load_reasons({"reason": [{"id": "no_need", "phrases": ["no need"]}]})
    assert reasons == (Reason("no_need", "No need", phrases=("no need",)),)


def test_what_a_category_leaves_out_is_as_shipped() -> None:
    shipped = (Reason("price", "Price", fault=Fault.OURS, phrases=("too dear",)),)
    file = tomllib.loads('[[reason]]\nid = "price"\nlabel = "Too dear"\nvalues = ["P1"]')
    (price,) = load_ruleset(file, CRMS, shipped).reasons
    assert price == Reason("price", "Too dear", Fault.OURS, None, ("P1",), ("too dear",))


@pytest.mark.parametrize(
    ("written", "in_force"),
    [
        ('more_phrases = ["over the odds", "too dear"]', ("too dear", "over the odds")),
        ('phrases = ["pricey"]', ("pricey",)),
        ('phrases = ["pricey"]\nmore_phrases = ["steep"]', ("pricey", "steep")),
    ],
)
def test_more_phrases_add_and_phrases_take_the_place(
    written: str, in_force: tuple[str, ...]
) -> None:
    shipped = (Reason("price", "Price", phrases=("too dear",)),)
    file = tomllib.loads(f'[[reason]]\nid = "price"\n{written}')
    (price,) = load_ruleset(file, CRMS, shipped).reasons
    assert price.phrases == in_force


def test_faults_of_reasons_alone_are_told() -> None:
    with pytest.raises(RuleFaults) as caught:
        load_reasons({"reason": [{"id": "Price"}, {"label": "no id"}]})
    assert [fault.path[:2] for fault in caught.value.faults] == [("reason", 0), ("reason", 1)]
