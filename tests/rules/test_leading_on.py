"""Where a playbook with `until` leads is looked at before anybody works by it."""

from __future__ import annotations

import tomllib

import pytest

from rules.fault import RuleFaults
from rules.load import load_ruleset
from rules.playbook import AfterKind
from rules.unreachable import unreachable

REASONS = '[[reason]]\nid = "price"\nphrases = ["too expensive"]\n[[reason]]\nid = "unknown"\n'
FIND_OUT = """
[[playbook]]
name = "find out"
when = { category = "unknown" }
until = "reason_known"
[[playbook.task]]
key = "find_out"
subject = "Ask why"
"""
REST = '[[playbook]]\nname = "rest"\n[[playbook.task]]\nkey = "thank"\nsubject = "Thank"\n'
FILE = REASONS + FIND_OUT + REST
KINDS = {"sales": "salesforce"}


def told(text: str) -> list[str]:
    return [str(one) for one in unreachable(load_ruleset(tomllib.loads(text), KINDS), KINDS)]


def faults(text: str) -> list[str]:
    with pytest.raises(RuleFaults) as caught:
        load_ruleset(tomllib.loads(text), KINDS)
    return [str(fault) for fault in caught.value.faults]


def test_a_playbook_that_finds_out_and_one_that_follows() -> None:
    assert told(FILE) == []
    assert told(FILE.replace('when = { category = "unknown" }\n', "")) == []


@pytest.mark.parametrize("word", ["reason_confirmed", "reason confirmed", "Reason-Confirmed"])
def test_until_is_written_like_after(word: str) -> None:
    file = tomllib.loads(FILE.replace("reason_known", word))
    assert load_ruleset(file, KINDS).playbooks[0].until is AfterKind.REASON_CONFIRMED


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            FILE.replace('until = "reason_known"\n', ""),
            'goes on when the reason is known: what is found out leads nowhere; add until = "rea',
        ),
        (
            FILE.replace('category = "unknown"', 'category = "price"'),
            '"find out" is never taken: its until has come whenever its when holds',
        ),
        (
            REASONS + FIND_OUT,
            'nothing follows "find out": no other playbook is for what is found out',
        ),
        (
            REASONS + FIND_OUT + REST.replace('"rest"', '"rest"\nfor = "prospect"'),
            'nothing follows "find out"',
        ),
        (
            FILE.replace('"Ask why"', '"Ask why"\nafter = "reason_confirmed"'),
            '"find_out" never comes: it waits until the reason is confirmed, and by then another',
        ),
        (FIND_OUT + '[[reason]]\nid = "unknown"\n' + REST, 'nothing follows "find out"'),
    ],
)
def test_what_is_hardly_meant_is_told(text: str, sentence: str) -> None:
    assert any(sentence in one for one in told(text)), told(text)


def test_a_condition_that_can_never_hold_is_told_once() -> None:
    never = "\"category == 'unknown' and category == 'price'\""
    [sentence] = told(FILE.replace('{ category = "unknown" }', never))
    assert "can never hold" in sentence


@pytest.mark.parametrize("word", ["spoken", "reason knwon", "10 days", "apologise"])
def test_other_words_are_refused(word: str) -> None:
    [fault] = faults(FILE.replace("reason_known", word))
    assert f'playbook.until: a playbook cannot be followed until "{word}"' in fault
    assert 'write "reason_known"' in fault or 'did you mean "reason known"' in fault


def test_one_key_for_two_different_tasks_is_refused() -> None:
    [fault] = faults(FILE.replace('"thank"', '"find_out"'))
    assert fault == (
        'playbook.task.key: "find_out" is also a task of "rest", which may follow: whoever did'
        " this one would not be asked that one; choose another key; or give both the same"
        " subject, if they ask the same"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"Thank"', '"Ask why"'),  # the same step
        ('"rest"', '"rest"\nfor = "deal"'),  # for others
        ('"rest"', '"rest"\nwhen = { category = "unknown" }'),  # does not follow
        ('"rest"', '"rest"\nuntil = "reason_known"'),  # nor does this one
    ],
)
def test_one_key_for_what_is_no_other_task_is_fine(before: str, after: str) -> None:
    shared = FILE.replace('"thank"', '"find_out"').replace(before, after)
    assert load_ruleset(tomllib.loads(shared), KINDS).playbooks
