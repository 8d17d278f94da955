"""Task texts: the closed table of names, what is refused and why, and safe rendering."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.model import Fault, Money, Owner
from rules.templates import TemplateFault, compile_template, template_faults

FACTS: dict[str, Any] = {
    "contact": {"name": "Dr. Ann Lee", "email": "ann@acme.example", "phone": None},
    "account": {"name": "Acme", "tenure_years": 2.5},
    "owner": Owner("005A", "Bo Berg", "bo@us.example"),
    "loss": {
        "lost_on": date(2026, 3, 4),
        "known_on": datetime(2026, 2, 1, 12, tzinfo=UTC),
        "value": Money(Decimal("12500.50"), "EUR"),
        "words": "too dear\r\nand slow",
    },
    "reason": {"label": "Price", "fault": Fault.OURS},
    "won_value": Decimal(48000),
    "wins": 4,
}


def rendered(source: str, facts: dict[str, Any] = FACTS, one_line: bool = False) -> str:
    return compile_template(source, one_line=one_line).render(facts)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Call {{ contact.name or account.name }}", "Call Dr. Ann Lee"),
        ("Hi {{ contact.first_name }}", "Hi Ann"),
        ("Hi {{ contact.name | first }}", "Hi Ann"),
        ("{{ owner.name }} <{{ owner.email }}>", "Bo Berg <bo@us.example>"),
        ("on {{ loss.lost_on }}", "on 4 March 2026"),
        ("on {{ loss.known_on | date }}", "on 1 February 2026"),
        ("on {{ loss.lost_on | date('iso') }}", "on 2026-03-04"),
        ("worth {{ loss.value }}", "worth EUR 12,500.50"),
        ("brought {{ won_value | money('USD') }}", "brought USD 48,000"),
        ("{{ wins }} wins in {{ account.tenure_years }} years", "4 wins in 2.5 years"),
        ("fault: {{ reason.fault }}", "fault: ours"),
        ("call {{ contact.phone | default('the switchboard') }}", "call the switchboard"),
        ("{% if won_value > 40000 %}key{% else %}small{% endif %}", "key"),
        ("{% if contact.phone %}ring{% elif contact %}write{% endif %}", "write"),
        ("{{ 'ours' if reason.fault in ['ours', 'mine'] else 'theirs' }}", "ours"),
        ("{% if loss.lost_on == none %}never{% else %}once{% endif %}", "once"),
        ("said: {{ loss.words }}", "said: too dear\nand slow"),
        ("{{ competitor ~ '!' }}", "!"),
        ("won more than thrice: {{ wins > 3 }}", "won more than thrice: yes"),
        ("a{{ none }}b", "ab"),
        ("a{{ 'x' if tier }}b", "ab"),
        ("{{ contact or account.name }}", "Dr. Ann Lee"),
        ("{{ reason.label | truncate(3) }}", "Pri…"),
        ("{{ 'far too dear' | truncate(9) }}", "far too…"),
        ("{{ reason.label | truncate }}", "Price"),
        ("{{ contact.phone | date }}", ""),
        ("{% if 'x' in contact.phone %}in{% else %}out{% endif %}", "out"),
    ],
)
def test_values_print_as_people_write_them(source: str, text: str) -> None:
    assert rendered(source) == text


def test_missing_facts_are_empty_and_never_hold() -> None:
    source = "a{{ loss.value }}{{ contact.name }}{% if account.tenure_years > 3 %}x{% endif %}b"
    assert rendered(source, {}) == "ab"
    assert rendered(source, {"contact": None, "account": {"tenure_years": "long"}}) == "ab"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (None, ""),
        (1234.5, "1,234.5"),
        (Money(Decimal(20), "EUR"), "EUR 20"),
        (date(2026, 1, 2), "2 January 2026"),
        (["a", "b"], "a, b"),
        (Fault.OURS, "ours"),
        ({"a": 1}, ""),
    ],
)
def test_a_field_of_any_kind_prints(value: object, text: str) -> None:
    template = compile_template("{{ record.Any__c }}", ["record.Any__c"])
    assert template.render({"record": {"Any__c": value}}) == text


def test_a_value_that_is_not_of_its_kind_is_missing() -> None:
    source = "{{ loss.lost_on }}|{{ loss.value }}|{{ wins }}|{{ contact.name }}"
    odd = {"loss": {"lost_on": "soon", "value": "much"}, "wins": True, "contact": {"name": ["A"]}}
    assert rendered(source, odd) == "|||"
    written = {"loss": {"lost_on": "2026-03-04T10:00:00", "value": "20"}, "wins": ["w1", "w2"]}
    assert rendered(source, written) == "4 March 2026|20|2|"
    assert rendered(source, {"loss": {"lost_on": 3, "value": float("inf")}}) == "|||"


def test_a_condition_on_its_own_line_leaves_no_gap() -> None:
    assert rendered("one\n{% if tier %}\n{{ tier }}\n{% endif %}\ntwo\n") == "one\ntwo"


@pytest.mark.parametrize(
    ("source", "message", "suggestion", "line"),
    [
        ("{{ contact.nam }}", "'contact.nam'", "contact.name", 1),
        ("\n{{ Contact.FirstName }}", "'Contact.FirstName'", "contact.first_name", 2),
        ("{{ contract.name }}", "'contract.name'", "contact.name", 1),
        ("{{ contact }}", "not a text", "contact.name", 1),
        ("{{ competitor.name }}", "has no parts", "{{ competitor }}", 1),
        ("{{ contact.name.x }}", "one step too far", "two parts", 1),
        ("{{ contact.name", "a {{ is not closed by }}", "{{ contact.name }}", 1),
        ("{% if tier %}x", "an {% if %} is not closed by {% endif %}", "endif", 1),
        ("{{ contact.name | uper }}", "no filter 'uper'", "upper", 1),
        ("{% if tier is foo %}x{% endif %}", "no test 'foo'", "", 1),
        ("{{ contact['name'] }}", "square brackets", "contact.name", 1),
        ("{{ contact.name.upper() }}", "calls", "upper", 1),
        ("{% for i in losses %}x{% endfor %}", "loops", "", 1),
        ("{% set a = 1 %}", "not allowed", "", 1),
        ("{% include 'x' %}", "not allowed", "", 1),
        ("{% import 'x' as y %}", "not allowed", "", 1),
        ("{% macro f() %}{% endmacro %}", "not allowed", "", 1),
        ("{{ 'a' * 10000000000 }}", "not allowed", "", 1),
        ("{{ 9 ** 9 ** 9 }}", "not allowed", "", 1),
        ("{% if won_value > 'a' %}x{% endif %}", "cannot be made", "", 1),
        ("Hello {!Account.Name}", "{!Account.Name}", "account.name", 1),
        ("Hello {contact.name}", "single braces", "{{ contact.name }}", 1),
        (
            "{{ contact.favourite_football_club }}",
            "'contact.favourite_football_club'",
            "it has name",
            1,
        ),
        ("x" * 9000, "9,000 characters", "8,000", 1),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "nested", "", 1),
        ("{{ " + "not " * 1900 + "1 }}", "nested", "", 1),
    ],
)
def test_faults_say_what_is_wrong_and_what_would_be_right(
    source: str, message: str, suggestion: str, line: int
) -> None:
    with pytest.raises(TemplateFault) as caught:
        compile_template(source)
    assert message in caught.value.message
    assert suggestion in caught.value.suggestion
    assert caught.value.line == line


def test_all_faults_of_a_text_are_named_at_once() -> None:
    faults = template_faults("{{ a }}\n{{ contact.x }}\n{{ tier | shout }}")
    assert [fault.line for fault in faults] == [1, 2, 3]
    assert template_faults("{{ tier }}") == ()
    assert template_faults("the placeholder {foo.bar} of another program") == ()
    assert len(template_faults("{{ a }}" + "x" * 9000)) == 1


def test_further_names_may_be_allowed() -> None:
    extra = ("record.Renewal__c", "notes", "account.Segment__c", "tier.Own__c")
    template = compile_template(
        "{{ record.Renewal__c }} {{ notes }} {{ account.Segment__c }} {{ account.name }}", extra
    )
    facts = {
        "record": {"Renewal__c": date(2026, 1, 2)},
        "notes": "n",
        "account": {"Segment__c": "SMB", "name": "Acme"},
    }
    assert template.render(facts) == "2 January 2026 n SMB Acme"
    with pytest.raises(TemplateFault, match="Renewal__c"):
        compile_template("{{ record.Renewl__c }}", extra)


def test_crm_text_is_never_read_as_a_template() -> None:
    facts = {"contact": {"name": "{{ 7 * 7 }}{% include 'x' %}"}}
    assert rendered("{{ contact.name }}", facts) == "{{ 7 * 7 }}{% include 'x' %}"


def test_crm_text_cannot_break_a_subject_or_forge_our_marker() -> None:
    facts = {"account": {"name": "A\r\nB\u2028C\x00\x1b[31m"}, "loss": {"words": "[Winback:1:a:1]"}}
    assert rendered("x {{ account.name }}", facts, one_line=True) == "x A B C[31m"
    assert rendered("{{ loss.words }}", facts) == "(Winback:1:a:1]"


def test_a_value_is_bounded() -> None:
    facts = {"account": {"name": "é" * 10_000}}
    name = rendered("{{ account.name }}", facts, one_line=True)
    assert len(name) == 1_500
    assert name.endswith("…")


@given(name=st.text(), words=st.text())
def test_any_text_renders_to_a_clean_line(name: str, words: str) -> None:
    facts = {"contact": {"name": name}, "loss": {"words": words}}
    line = rendered("{{ contact.first_name }}: {{ loss.words }}", facts, one_line=True)
    assert line.isprintable() or not any(char < " " for char in line)
    assert len(line.splitlines()) == 1
    line.encode()
