"""The rule file's own test cases: what may be given, what may be expected, what a failure says."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest

from rules import ruleset
from rules.fault import RuleFaults
from rules.load import load_ruleset
from rules.rulebook import Rulebook
from rules.ruleset import Reason
from rules.selftest import differences, run_tests

CRMS = {"sales": "salesforce"}
FILE = """
[company]
first_day = 2026-01-01
country = "DE"

[[watch]]
name = "closed-lost"
crm = "sales"
record = "Opportunity"
lost_when = { closed = true, won = false }
lost_on = "CloseDate"
reason = "Loss_Reason__c"
words = "Loss_Notes__c"

[[watch]]
name = "cancelled"
crm = "sales"
record = "Subscription__c"
lost_when = "Status__c == 'Cancelled'"
verdict = "customer"
words = "Notes__c"

[[reason]]
id = "price"
values = ["Pricing"]
phrases = ["too expensive"]
fault = "ours"
changeable = "when"

[[reason]]
id = "service"
phrases = ["poor support"]
fault = "mine"

[[tier]]
name = "key"
when = { won_value.gte = 50000 }

[[tier]]
name = "small"

[[person]]
email = "ann@acme.example"
manager = "mona@acme.example"

[[playbook]]
name = "key"
when = { tier = "key" }
[[playbook.task]]
key = "listen"
subject = "Call {{ contact.name }}"
due = "2 business days"
assign = "manager"
[[playbook.task]]
key = "apologise"
after = "listen"
subject = "Say sorry"

[[playbook]]
name = "rest"
[[playbook.task]]
key = "ask"
subject = "Ask {{ account.name }}"
assign = "field:CSM__c"

[[cadence]]
name = "monthly"
when = "permission == 'yes'"
every = "1 month"

[[suppression]]
when = "account.Type == 'Partner'"
because = "partners are left alone"
"""


def book() -> Rulebook:
    return Rulebook(load_ruleset(tomllib.loads(FILE), CRMS))


def failing(given: dict[str, Any], expect: dict[str, Any]) -> list[str]:
    return [str(found) for found in differences(ruleset.TestCase(given, expect), book())]


@pytest.mark.parametrize(
    "given",
    [
        {"verdict": "customer", "won_value": 80_000},
        {"verdict": "deal"},
        {"verdict": "prospect"},
        {"wins": 4, "days_since_win": 500, "usual_gap_in_days": 100},
        {"wins": 3, "days_since_win": 200, "tenure_in_days": 900},
        {"category": "price", "fault": "theirs", "changeable": "no", "provenance": "told"},
        {"stated_reason": "Pricing", "category": "price"},
        {"words": "poor support", "category": "service", "has_words": True},
        {"has_running_contract": True, "days_until_contract_end": 40},
        {"has_live_opportunity": True, "open_opportunities": 2},
        {"repeat": True, "losses": 3, "returned": True, "wins": 2},
        {"repeat": True, "returned": False, "wins": 2},
        {"tier": "key", "won_value": 5, "contacts": 2, "permission": "yes"},
        {"days_since_loss": 10, "days_since_known": 12, "loss_value": 500, "owner_active": False},
        {"watch": "cancelled", "record": "Subscription__c", "crm": "sales"},
        {"country": "DE", "region": "south", "account_type": "Partner", "domain": "a.example"},
        {"competitor": "Globex", "has_contact": False, "account_name": "Foo"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_a_customer_is_made_up_of_whom_the_facts_are_true(given: dict[str, Any]) -> None:
    expect = {name: value for name, value in given.items() if name != "contacts"}
    assert failing(given, expect) == []


def test_facts_that_contradict_each_other_are_told() -> None:
    told = failing({"verdict": "prospect", "days_since_win": 10}, {})
    because = "what else is given says otherwise; give the records themselves"
    assert told == [f"days_since_win: expected 10, got none ({because})"]


def test_a_failure_says_what_came_and_why() -> None:
    bought = "they bought once, last on 18 May 2026, 30 days before 17 June 2026"
    bought += "; one purchase says nothing of a usual gap"
    runs = "no contract runs; no open deal is worked on; so they are still a customer"
    assert failing(
        {"won": [{"on": "30 days ago", "amount": 90_000}]},
        {"verdict": "customer", "playbook": "key", "tasks": ["listen"], "tier": "key"},
    ) == [
        f'verdict: expected "customer", got "deal" ({bought}; {runs})',
        'playbook: expected "key", got none (verdict deal, category unknown, tier key)',
        'tasks: expected "listen", got none',
    ]


def test_tasks_are_named_all_with_who_and_when() -> None:
    given = {"won_value": 80_000, "owner": "ann@acme.example"}
    task = {"key": "listen", "due": "2 business days", "owner": "mona@acme.example"}
    assert failing(given, {"tasks": [{**task, "subject": "Eva Bauer", "priority": "normal"}]}) == []
    assert failing(given, {"tasks": [{**task, "due": "2026-06-19"}]}) == []
    due = "2026-06-19 (2 business days after 2026-06-17)"
    assert failing(given, {"tasks": [{**task, "due": "3 business days", "owner": "ann"}]}) == [
        f'tasks.0.due: expected "3 business days", got "{due}"',
        'tasks.0.owner: expected "ann", got "mona@acme.example"',
    ]
    waits = 'key / apologise: it waits until "listen" is done'
    assert failing(given, {"tasks": ["listen", "apologise"]}) == [
        f'tasks: expected "listen", "apologise", got "listen" ({waits})'
    ]


def test_done_tasks_move_the_plan_and_answers_end_it() -> None:
    given = {"won_value": 80_000}
    assert failing({**given, "done": ["listen"]}, {"tasks": ["apologise"]}) == []
    assert failing({**given, "done": ["listen", "apologise"]}, {"tasks": "none"}) == []
    ended = {"done": {"listen": "asked to stop"}}
    assert failing({**given, **ended}, {"tasks": "none", "recovery": "do not contact"}) == []


OFFERED = (
    FILE.replace('subject = "Say sorry"', 'subject = "Say sorry"\nask = "offer"')
    .replace('after = "listen"', 'after = ["listen", "reason_confirmed"]')
    .replace("[[cadence]]", '[[offer]]\nname = "A year"\napproval = "manager"\n\n[[cadence]]')
)
CONFIRMED = 'won_value = 80000, permission = "yes", provenance = "confirmed", category = "price"'


def offered(done: str, tasks: str) -> list[str]:
    """What a test says whose offer needs a yes first."""
    test = f"[[test]]\ngiven = {{ {CONFIRMED}, done = {done} }}\nexpect = {{ tasks = {tasks} }}"
    rules = load_ruleset(tomllib.loads(f"{OFFERED}\n{test}"), CRMS)
    return [str(found) for found in differences(rules.tests[0], Rulebook(rules))]


def test_the_approval_of_an_offer_can_be_expected_and_answered() -> None:
    asked = '[{ key = "apologise.approve", owner = "manager", subject = "May we offer" }]'
    assert offered('["listen"]', '["apologise.approve"]') == []
    assert offered('["listen"]', asked) == []
    assert offered('["listen", "apologise.approve"]', '["apologise"]') == []
    assert offered('["listen", "apologise.approve", "apologise"]', '"none"') == []


@pytest.mark.parametrize("no", ["apologise.approve", '"apologise.approve"'])
def test_an_offer_that_was_not_approved_is_not_made(no: str) -> None:
    done = f'{{ listen = "spoke", {no} = "not this one" }}'
    assert offered(done, '"none"') == []
    [differs] = offered(done, '["apologise"]')
    assert 'the offer "A year" was not approved' in differs


def test_an_approval_that_no_offer_asks_for_is_never() -> None:
    for done in ('["listen.approve"]', '{ listen.approve = "spoke" }'):
        with pytest.raises(RuleFaults, match=r'task is never "listen\.approve"'):
            offered(done, '"none"')
    test = "[[test]]\ngiven = {}\nexpect = { tasks = ['apologise.approve'] }"
    with pytest.raises(RuleFaults, match=r'task is never "apologise\.approve"'):
        load_ruleset(tomllib.loads(FILE + test), CRMS)


def test_the_nudge_and_the_question_have_names_too() -> None:
    own = FILE + "\n[interview]\nnudge_after = '9 days'"
    then = "then = { on = 'in 20 days' }"
    expect = "expect = { tasks = ['ask', 'reason.nudge', 'why'] }"
    lost = (
        'lost = { watch = "closed-lost", on = "today", reason = "Pricing", words = "poor support" }'
    )
    given = f"given = {{ won = [{{ on = '400 days ago' }}], {lost} }}"
    rules = load_ruleset(tomllib.loads(f"{own}\n[[test]]\n{given}\n{then}\n{expect}"), CRMS)
    assert [str(one) for one in differences(rules.tests[0], Rulebook(rules))] == []


def test_a_user_field_and_a_suppression_read_the_account() -> None:
    given = {"wins": 1, "account": {"CSM__c": "kim@acme.example"}}
    assert failing(given, {"tasks": [{"key": "ask", "owner": "kim@acme.example"}]}) == []
    partner = {"wins": 1, "account": {"Type": "Partner"}}
    assert failing(partner, {"tasks": "none", "not_made": "left alone"}) == []


def test_fields_of_the_crm_ask_the_watches() -> None:
    lost = {"watch": "cancelled", "Status__c": "Cancelled", "words": "poor support"}
    assert failing({"lost": lost}, {"verdict": "customer", "category": "service"}) == []
    kept = {"watch": "cancelled", "Status__c": "Active"}
    assert failing({"lost": kept}, {"verdict": "none", "playbook": "none"}) == []


def test_time_alone_loses_a_customer() -> None:
    given = {"won": [{"on": "300 days ago"}], "lost": False}
    assert failing(given, {"verdict": "customer", "lost_on": "179 days ago"}) == []
    kept = {"won": [{"on": "30 days ago"}], "lost": False}
    assert failing(kept, {"verdict": "none"}) == []


def test_a_day_that_is_none_is_told() -> None:
    assert failing({"won": [{"on": "long ago"}]}, {})[0].startswith(
        'given: expected a day, got "long ago" is no day'
    )
    assert "count calendar days here" in failing({"won": [{"on": "3 business days ago"}]}, {})[0]
    lost = {"wins": 1, "lost": {"on": "3 days ago"}}
    assert failing(lost, {"lost_on": "a while ago"}) == [
        'lost_on: expected "a while ago", got 2026-06-14'
    ]
    due = failing(lost, {"tasks": [{"key": "ask", "due": "soon"}]})
    assert due == [
        'tasks.0.due: expected "soon", got "2026-06-18 (1 business day after 2026-06-17)"'
    ]


def test_an_instant_is_a_day_too() -> None:
    at_noon = datetime(2026, 6, 14, 12, tzinfo=UTC)
    assert failing({"wins": 1, "lost": {"on": at_noon}}, {"lost_on": "3 days ago"}) == []


def test_what_was_not_made_and_why_may_be_expected() -> None:
    partner = {"wins": 1, "account": {"Type": "Partner"}}
    assert failing(partner, {"not_made": ["left alone"], "parked": "none"}) == []
    assert failing(partner, {"not_made": "no such rule"}) == [
        'not_made: expected "no such rule", got "suppression: partners are left alone"'
    ]
    assert failing(partner, {"not_made": "none"}) == [
        'not_made: expected none, got "suppression: partners are left alone"'
    ]


def test_a_difference_shows_both_values_as_the_file_writes_them() -> None:
    given = {"won": [{"on": "400 days ago", "amount": 90.5}], "owner_active": True}
    assert failing(given, {"repeat": True, "won_value": 80, "tier": ["key", "none"]}) == [
        "repeat: expected true, got false",
        "won_value: expected 80, got 90.5",
        'tier: expected "key" or none, got "small"',
    ]


def test_every_case_of_a_file_is_run_in_turn() -> None:
    tests = """
    [[test]]
    name = "a key account"
    given = { won_value = 80_000, words = "poor support" }
    expect = { playbook = "key", category = "service" }
    [[test]]
    given = { won_value = 1 }
    expect = { playbook = "key" }
    """
    holds, fails = run_tests(Rulebook(load_ruleset(tomllib.loads(FILE + tests), CRMS)))
    assert (holds.name, holds.holds) == ("a key account", True)
    assert (fails.name, fails.holds) == ("test 2", False)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("given = { tyer = 'key' }\nexpect = {}", 'given.tyer: unknown name; did you mean "tier"?'),
        ("given = {}\nexpect = { playbok = 'x' }", 'unknown name; did you mean "playbook"?'),
        ("given = {}\nexpect = { playbook = 'kye' }", 'playbook is never "kye"; did you mean'),
        ("given = { category = 'prise' }\nexpect = {}", 'category is never "prise"; did you mean'),
        ("given = { won = [{ day = 1 }] }\nexpect = {}", "given.won.day: unknown key"),
        ("given = {}\nexpect = { tasks = ['listn'] }", 'task is never "listn"; did you mean'),
        ("given = {}\nexpect = { tasks = [{ duw = 1 }] }", "expect.tasks.duw: unknown key; did"),
        ("given = { done = ['lisen'] }\nexpect = {}", 'task is never "lisen"'),
        ("given = { second_category = 'price' }\nexpect = {}", "cannot be given by itself"),
        ("given = {}\nexpect = { tasks = [3] }", "must be the key of a task or a table"),
        ("given = 3\nexpect = { playbok = 1 }", 'unknown name; did you mean "playbook"?'),
    ],
)
def test_names_are_checked_when_the_file_is_loaded(text: str, fault: str) -> None:
    with pytest.raises(RuleFaults) as caught:
        load_ruleset(tomllib.loads(f"{FILE}[[test]]\n{text}"), CRMS, (Reason("price", "Price"),))
    assert fault in str(caught.value)
