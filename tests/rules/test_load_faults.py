"""Every sort of fault of a rule file: each by its key, with what would be right, all at once."""

from __future__ import annotations

import tomllib

import pytest

from rules.fault import RuleFaults
from rules.load import load_ruleset
from rules.ruleset import Reason, RuleSet

CRMS = {"sales": "salesforce", "hub": "hubspot"}
SHIPPED = (Reason("price", "Price"), Reason("service", "Service"))


def loaded(text: str, crms: dict[str, str] = CRMS) -> RuleSet:
    return load_ruleset(tomllib.loads(text), crms, SHIPPED)


def faults(text: str, crms: dict[str, str] = CRMS) -> list[str]:
    with pytest.raises(RuleFaults) as caught:
        loaded(text, crms)
    return [str(fault) for fault in caught.value.faults]


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
        (
            '[[suppression]]\nwhen = "category != price"',
            "unknown name \"price\"; write 'price', in quotes",
        ),
        (
            "[[suppression]]\nwhen = \"category not in 'price'\"",
            "\"in\" needs a list here; write ['price']",
        ),
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
        ("assign = 'field:a b'", '"a b" is no API name of a field'),
        ("assign = 'ann@acme'", '"ann@acme" is no e-mail address'),
        ("priority = 'hihg'", 'did you mean "high"?'),
        ("after = 'b'", '"b" is no earlier task of this playbook; move that task before'),
        ("after = '3 days'", '"3 days" is nothing to wait for; write "reason_confirmed"'),
        ("after = 'no reply for 3 days'", '"no reply for 3 days" is nothing to wait for; write'),
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
