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


def faults(text: str, crms: dict[str, str] = CRMS) -> list[str]:
    with pytest.raises(RuleFaults) as caught:
        loaded(text, crms)
    return [str(fault) for fault in caught.value.faults]


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


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("wacth = 1", 'wacth: unknown key; did you mean "watch"?'),
        ("[watch]\nname = 'x'", "watch: stands in double brackets: [[watch]]"),
        ("[[company]]\nname = 'x'", "company: must be a table"),
        ("[company]\nname = 3", 'company.name: must be text; write "3"'),
        ("[company]\ntimezone = 'Europe/Berln'", 'did you mean "Europe/Berlin"?'),
        ("[company]\ncountry = 'XX'", 'company.country: "XX" is no country'),
        ("[company]\ncountry = 'DE-XX'", 'company.country: "DE-XX" is no part of DE'),
        ("[company]\nfirst_day = 'soon'", '"soon" is no date; write 2026-01-31'),
        ("[company]\nholidays = 2026-01-01", "company.holidays: must be a list of dates"),
        ("[company]\nfrist_day = 2026-01-01", 'did you mean "first_day"?'),
        ("[[watch]]\nname = 'x'", "watch.crm: is missing; add crm = ..."),
        (
            "[[watch]]\nname='x'\ncrm='sale'\nrecord='A'",
            'watch.crm: there is no [crm.sale]; did you mean "sales"?',
        ),
        ("[[watch]]\nname='x'\ncrm='sales'\nrecord='A'\nverdict='lost'", "watch.verdict:"),
        ("[[watch]]\nname='x'\ncrm='sales'\nrecord='A'\nmeans='deal'", "watch.means:"),
        ("[[watch]]\nname='x'\ncrm='sales'\nrecord='A'\nreason='a b'", "watch.reason:"),
        (
            "[[watch]]\nname='x'\ncrm='sales'\nrecord='A'\nlost_when={closd=true}",
            'watch.lost_when.closd: unknown name "closd"; did you mean "closed"?',
        ),
        ("[[reason]]\nid = 'Price'", 'reason.id: "Price" is no id'),
        ("[[tier]]\nname = 'a'\n[[tier]]\nname = 'A'", 'tier.name: "A" is there twice'),
        ("[[tier]]\nname = 'a'\nwhen = { tier = 'a' }", "tier.when.tier: unknown name"),
        (
            "[[reason]]\nid='a'\nvalues=['X']\n[[reason]]\nid='b'\nvalues=['x']",
            'reason.values: "x" already means "a"',
        ),
        ("[[suppression]]\nwhen = \"category == 'prise'\"", 'category is never "prise"'),
        ("[[suppression]]\nwhen = true", "suppression.when: must be a condition"),
        ("[[suppression]]\nwhen = \"verdict == 'deal' and false\"", "can never hold"),
        ("[[person]]\nemail = 'ann'", 'person.email: "ann" is no e-mail address'),
        ("[limits]\nmerge_within = '0 days'", '"0 days" means nothing'),
        ("[limits]\ncontact_window = '3 moons'", 'did you mean "months"?'),
        ("[limits]\nstorm_max_share = 5", "limits.storm_max_share: 5 is no share"),
        ("[limits]\nmax_attempts = '8'", "limits.max_attempts: must be a whole number"),
        ("[limits]\ntasks_per_rep_per_day = 0", "0 is too small; 1 at least"),
        ("[[test]]\ngiven = 1\nexpect = {}", "test.given: must be a table"),
        ("[[cadence]]\nname = 'c'", "cadence.every: is missing"),
        (
            "[[cadence]]\nname = 'Each year'\n[[cadence]]\nname = 'each-year!'",
            'cadence.name: "each-year!" would make the same task keys as the cadence "Each year"',
        ),
        (
            "[[playbook]]\nname='p'\n[[playbook.task]]\nkey='call'\n[[cadence]]\nname = 'Call'",
            'cadence.name: "Call" would make the same task keys as the task "call" of a playbook',
        ),
        (
            f"[[playbook]]\nname='p'\n[[playbook.task]]\nkey='{'k' * 41}'",
            "is longer than 40 characters; choose a shorter one",
        ),
        ("[[cadence]]\nname = 'c'\nevery = '3'", '"3" is no length of time'),
        (
            "[[playbook]]\nname='p'\nfor='prospect'\nwhen=\"verdict == 'customer'\"",
            "playbook.when: can never hold: the playbook is for prospect",
        ),
    ],
)
def test_one_fault(text: str, fault: str) -> None:
    found = faults(text)
    assert any(fault in line for line in found), found


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("due = '0 days'", 'playbook.task.due: "0 days" means nothing; write "1 day" at least'),
        ("due = '1 busines day'", 'did you mean "business days"?'),
        ("due = '5 minutes'", "shorter than a day"),
        ("assign = 'manger'", 'did you mean "manager"?'),
        ("assign = 'field:a b'", '"a b" is no name of a field'),
        ("assign = 'ann@acme'", '"ann@acme" is no e-mail address'),
        ("priority = 'hihg'", 'did you mean "high"?'),
        ("after = 'b'", '"b" is no earlier task of this playbook; move that task before'),
        ("after = 'reason_conf'", 'did you mean "reason_confirmed"?'),
        ("ask = 'nicely'", "playbook.task.ask:"),
        ("body = '{{ contact.nam }}'", "did you mean contact.name?"),
    ],
)
def test_one_fault_of_a_task(line: str, fault: str) -> None:
    found = faults(
        f"""
        [[playbook]]
        name = "p"
        [[playbook.task]]
        key = "a"
        subject = "x"
        {line}
        [[playbook.task]]
        key = "b"
        subject = "x"
        """
    )
    assert len(found) == 1
    assert fault in found[0]


def test_managers_on_hubspot_have_to_be_named() -> None:
    text = "[[playbook]]\nname='p'\n[[playbook.task]]\nkey='a'\nsubject='x'\nassign='manager'\n"
    assert "HubSpot knows no managers" in faults(text, {"hub": "hubspot"})[0]
    people = "[[person]]\nemail='a@acme.example'\nmanager='b@acme.example'\n"
    assert loaded(people + text, {"hub": "hubspot"}).playbooks
    assert loaded(text, {"sales": "salesforce"}).playbooks


def test_all_faults_at_once_also_beside_broken_sections() -> None:
    found = faults(
        """
        [company]
        name = 3
        [[tier]]
        nmae = "key"
        [[playbook]]
        name = "p"
        when = "tire == 'x'"
        [[playbook]]
        name = "p"
        [[playbook.task]]
        key = "a"
        subject = "{{ foo }}"
        due = "soon"
        """
    )
    keys = sorted(line.split(":")[0] for line in found)
    assert keys == [
        "company.name",
        "playbook.name",
        "playbook.task.due",
        "playbook.task.subject",
        "playbook.when",
        "tier.name",
        "tier.nmae",
    ]


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
