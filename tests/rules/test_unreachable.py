"""Rules that nothing ever reaches are told, and nothing else is."""

from __future__ import annotations

import tomllib

import pytest

from rules.load import load_ruleset
from rules.unreachable import unreachable

BASE = """
[[reason]]
id = "price"
phrases = ["too expensive"]
[[tier]]
name = "key"
when = { won_value.gte = 5 }
[[playbook]]
name = "one"
when = { tier = "key" }
"""
REST = '[[playbook]]\nname = "rest"\n'
BOTH = {"sales": "salesforce", "hub": "hubspot"}
PERSON = '[[person]]\nemail = "ann@acme.example"\nmanager = "{}"\n'
WATCH = '[[watch]]\nname = "{}"\ncrm = "sales"\nrecord = "Opportunity"\n'


def told(text: str, **crms: str) -> list[str]:
    kinds = crms or {"sales": "salesforce"}
    return [str(one) for one in unreachable(load_ruleset(tomllib.loads(text), kinds), kinds)]


def test_a_file_of_which_all_is_reached_says_nothing() -> None:
    assert told(BASE + REST) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (REST + REST.replace("rest", "last"), '"last" is never taken: "rest" comes before it'),
        (REST + BASE, '"one" is never taken: "rest" comes before it'),
        (
            BASE + '[[playbook]]\nname = "two"\nwhen = { tier = "key" }\n' + REST,
            '"two" is never taken: "one" comes before it',
        ),
        (
            BASE + REST + '[[tier]]\nname = "a"\n[[tier]]\nname = "b"\n',
            'nobody is ever in "b": "a" takes them first',
        ),
        (
            BASE + '[[playbook]]\nname = "two"\nwhen = "tier == \'key\' and wins > 3"\n' + REST,
            '"two" is never taken: "one" comes before it',
        ),
        (
            BASE
            + '[[playbook]]\nname = "a"\nwhen = "wins > 3"\n'
            + '[[playbook]]\nname = "b"\nwhen = "wins <= 3"\n'
            + '[[playbook]]\nname = "c"\nwhen = "wins == 3 or wins == 4"\n'
            + REST,
            '"c" is never taken: "a" and "b" come before it',
        ),
        (
            BASE + REST + '[[tier]]\nname = "top"\nwhen = { won_value.gt = 9 }\n',
            'nobody is ever in "top": "key" takes them first',
        ),
        (
            BASE + REST + "[[suppression]]\nwhen = { won_value = { gt = 5, lt = 3 } }\n",
            "suppression.when: can never hold: won_value > 5 and won_value < 3 exclude each other",
        ),
        (
            BASE + REST + '[[tier]]\nname = "no"\nwhen = "false"\n',
            "tier.when: can never hold; leave the rule out",
        ),
        (
            BASE
            + REST
            + '[[offer]]\nname = "any"\ntiers = ["key"]\n'
            + '[[offer]]\nname = "some"\ntiers = "key"\ncategories = ["price"]\n',
            'offer.name: "some" is never offered: "any" comes before it',
        ),
        (WATCH.format("a") + WATCH.format("b"), '"b" never finds anything: "a" finds it first'),
        (BASE + REST + '[[reason]]\nid = "odd"\n', 'nothing ever says "odd"'),
        (
            BASE
            + REST
            + '[[reason]]\nid = "cost"\nphrases = ["too dear"]\n'
            + '[[reason]]\nid = "money"\nphrases = ["no money", "Too dear"]\n',
            'reason.phrases: "Too dear" already means "cost"',
        ),
        (
            BASE.replace("when = { tier", "when = { category = 'price', tier")
            + '[[reason]]\nid = "quality"\nphrases = ["broken"]\n',
            'no playbook is for "quality": a customer lost for it gets no task',
        ),
        (
            BASE + REST + "[[cadence]]\nname = 'c'\nevery = '1 month'\n"
            "when = \"permission == 'no'\"\n",
            '"c" never starts: it needs a recorded yes, and this excludes it',
        ),
        (
            BASE + REST + "[[cadence]]\nname = 'c'\nevery = '1 year'\nuntil = '3 months'\n",
            '"c" never starts: it ends before its first touch',
        ),
    ],
)
def test_what_is_never_reached(text: str, sentence: str) -> None:
    found = told(text)
    assert len(found) == 1, found
    assert sentence in found[0]


def test_managers_that_one_of_two_crms_does_not_know() -> None:
    text = BASE + "[[playbook.task]]\nkey = 'a'\nsubject = 'A'\nassign = 'manager'\n" + REST
    assert told(text) == []
    [only] = told(text, **BOTH)
    assert only.startswith('playbook.task.assign: nobody can get "a" for customers in HubSpot')
    role = "\n[[role]]\nname = 'Care'\nmembers = ['cleo@acme.example']\n"
    assert told(text.replace("'manager'", "['manager', 'role:Care']") + role, **BOTH) == []
    assert told(text + PERSON.format("mona@acme.example"), **BOTH) == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            "[[playbook.task]]\nkey = 'a'\nsubject = 'A'\nattempts = 2\nunanswered = 'manager'\n",
            'playbook.task.unanswered: nobody can get the last try of "a"',
        ),
        (
            "[[cadence]]\nname = 'c'\nevery = '1 month'\nassign = 'manager'\n",
            'cadence.assign: nobody can get "c"',
        ),
        (
            "[[offer]]\nname = 'half'\napproval = 'manager'\n",
            'offer.approval: nobody can get the question whether "half" may be offered',
        ),
        (
            "[interview]\nby_tier = { key = 'manager' }\n",
            "interview.by_tier.key: nobody can get exit interviews of the tier",
        ),
        (
            "[limits]\nescalate_after = '2 business days'\n",
            "limits.escalate_after: nobody is told of overdue tasks in HubSpot",
        ),
    ],
)
def test_everything_that_managers_should_get_is_told(given: str, sentence: str) -> None:
    assert told(BASE + given) == []
    [only] = told(BASE + given, **BOTH)
    assert only.startswith(sentence)
    assert told(BASE + given + PERSON.format("mona@acme.example"), **BOTH) == []


def test_overdue_tasks_in_hubspot_alone_are_told_to_nobody_without_managers() -> None:
    [only] = told(BASE + "[limits]\nescalate_after = '2 business days'\n", sales="hubspot")
    assert only.startswith("limits.escalate_after: nobody is told")


def test_nobody_is_their_own_manager_or_stands_in_for_themselves() -> None:
    [only] = told(BASE + REST + PERSON.format("Ann@acme.example"))
    assert only.startswith("person.manager: ann@acme.example is their own manager, which counts")
    [only] = told(BASE + REST + PERSON.format("ann@acme.example").replace("manager", "stand_in"))
    assert only.startswith("person.stand_in: ann@acme.example stands in for themselves")
