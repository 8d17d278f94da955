"""The rule file's own test cases: what is found out later, in `then`."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from rules.fault import RuleFaults
from rules.load import load_ruleset
from rules.rulebook import Rulebook
from rules.selftest import differences
from tests.rules.test_selftest import CRMS, FILE

REST = '[[playbook]]\nname = "rest"\n'
FIND_OUT = """[[playbook]]
name = "find out"
when = { category = "unknown" }
until = "reason_known"
[[playbook.task]]
key = "find_out"
subject = "Ask why"
due = "3 business days"

"""
UNKNOWN = {"verdict": "customer", "category": "unknown"}


def later(*then: dict[str, Any], **expect: Any) -> list[str]:
    """What a test says of a customer who left for no known reason, and of what came out then."""
    file = tomllib.loads(FILE.replace(REST, FIND_OUT + REST))
    file["test"] = [{"given": UNKNOWN, "then": list(then), "expect": expect}]
    rules = load_ruleset(file, CRMS)
    return [str(found) for found in differences(rules.tests[0], Rulebook(rules))]


def test_what_is_found_out_later_leads_on() -> None:
    assert later(playbook="find out", tasks=["find_out"]) == []
    assert later({"category": "price"}, playbook="rest", tasks=["ask"], fault="ours") == []
    assert later({"words": "It was too expensive."}, category="price", playbook="rest") == []
    assert later({"reason": "Pricing"}, category="price", playbook="rest") == []


def test_a_due_date_counts_from_the_day_on_which_it_was_found_out() -> None:
    found = {"on": "in 2 days", "category": "price"}
    tasks = [{"key": "ask", "due": "1 business day"}]
    assert later(found, tasks=tasks) == []
    [wrong] = later(found, tasks=[{"key": "ask", "due": "2 business days"}])
    assert wrong.endswith('got "2026-06-22 (1 business day after 2026-06-19)"')


def test_things_are_found_out_one_after_the_other() -> None:
    story = ({"category": "price", "done": "find_out"}, {"on": "tomorrow", "category": "service"})
    assert later(*story, category="service", playbook="rest", tasks=["ask"]) == []
    assert later({"on": "tomorrow", "done": {"find_out": "asked to stop"}}, tasks="none") == []


@pytest.mark.parametrize("sort", ["Renewal", "New business"])
def test_it_is_found_out_in_the_fields_of_the_watch_that_found_the_loss(sort: str) -> None:
    renewal = """[[watch]]
name = "lost renewal"
crm = "sales"
record = "Opportunity"
lost_when = "lost and Type == 'Renewal'"
words = "Cancel_Notes__c"

"""
    file = tomllib.loads(FILE.replace("[[watch]]", f"{renewal}[[watch]]", 1))
    given = {"won": [{"on": "500 days ago"}], "lost": {"Type": sort}}
    then = {"words": "It was too expensive."}
    file["test"] = [{"given": given, "then": then, "expect": {"category": "price"}}]
    rules = load_ruleset(file, CRMS)
    assert list(differences(rules.tests[0], Rulebook(rules))) == []


def test_time_alone_tells_no_reason_but_somebody_may() -> None:
    file = tomllib.loads(FILE.replace(REST, FIND_OUT + REST))
    given = {"won": [{"on": "400 days ago"}], "lost": False}
    expect = {"watch": "time alone", "playbook": "rest", "tasks": ["ask"]}
    file["test"] = {"given": given, "then": {"category": "price"}, "expect": expect}
    rules = load_ruleset(file | {"test": [file["test"]]}, CRMS)
    assert list(differences(rules.tests[0], Rulebook(rules))) == []


@pytest.mark.parametrize(
    ("then", "fault"),
    [
        ("then = 3", "test.then: must be a table"),
        ("then = { categroy = 'price' }", 'unknown name; did you mean "category"?'),
        ("then = { category = 'prise' }", 'did you mean "price"?'),
        ("then = { done = 'aks' }", 'did you mean "ask"?'),
    ],
)
def test_then_is_looked_at_before(then: str, fault: str) -> None:
    text = f"{FILE}\n[[test]]\ngiven = {{}}\n{then}\nexpect = {{}}\n"
    with pytest.raises(RuleFaults) as refused:
        load_ruleset(tomllib.loads(text), CRMS)
    assert any(fault in str(one) for one in refused.value.faults)


def test_of_what_is_found_out_the_wrong_key_or_member_is_pointed_at() -> None:
    text = f"{FILE}\n[[test]]\ngiven = {{}}\nthen = [{{ categroy = 'x' }}, 3]\nexpect = {{}}\n"
    with pytest.raises(RuleFaults) as refused:
        load_ruleset(tomllib.loads(text), CRMS)
    assert [(one.path[-2:], one.of_key) for one in refused.value.faults] == [
        ((0, "categroy"), True),
        (("then", 1), False),
    ]
