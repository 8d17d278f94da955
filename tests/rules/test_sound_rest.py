"""What is told of a file beside its faults: of the part that has none, and nothing that the faulty
part would have changed."""

from __future__ import annotations

import tomllib

import pytest

from rules.fault import Path, RuleFaults
from rules.load import load_ruleset
from rules.sound_rest import SoundRest, sound_rest
from rules.unreachable import unreachable
from rules.wording import defensive_texts

KINDS = {"sales": "salesforce"}
TWICE = '[[playbook]]\nname = "a"\n[[playbook]]\nname = "b"\n'
RUDE = 'subject = "x"\nbody = "Calm down."\n'


def rest_of(text: str) -> SoundRest:
    file = tomllib.loads(text)
    with pytest.raises(RuleFaults) as refused:
        load_ruleset(file, KINDS)
    rest = sound_rest(file, refused.value.faults, KINDS, ())
    assert rest is not None
    return rest


def doubted(text: str) -> list[Path]:
    rest = rest_of(text)
    told = [*unreachable(rest.rules, KINDS, rest.sections), *defensive_texts(rest.rules)]
    return [rest.original(doubt) for doubt in told]


def test_a_fault_elsewhere_hides_no_warning() -> None:
    assert doubted(TWICE + "[company]\nname = 3\n") == [("playbook", 1, "name")]


def test_a_place_is_told_as_it_stands_in_the_whole_file() -> None:
    tasks = (
        '[[playbook]]\nname = "p"\n'
        '[[playbook.task]]\nkey = "One"\nsubject = "x"\n'
        f'[[playbook.task]]\nkey = "two"\n{RUDE}'
    )
    broken = '[[playbook]]\nnmae = "o"\n'
    assert doubted(broken + tasks) == [("playbook", 1, "task", 1, "body")]


@pytest.mark.parametrize(
    "fault",
    [
        '[[playbook]]\nname = "c"\nwhen = "tire == 1"\n',
        '[[playbook]]\nnmae = "c"\n',
    ],
)
def test_what_the_faulty_part_would_have_changed_is_not_told(fault: str) -> None:
    assert doubted(fault + TWICE) == []


def test_what_leans_on_a_faulty_part_is_left_out_with_it() -> None:
    text = (
        '[[tier]]\nname = 5\n[[offer]]\nname = "o"\ntiers = ["5"]\ntext = "Calm down."\n'
        '[[role]]\nname = "r"\nmembers = 5\n'
        '[[playbook]]\nname = "p"\n[[playbook.task]]\nkey = "a"\nassign = "role:r"\n'
    )
    rest = rest_of(text + RUDE)
    assert [playbook.name for playbook in rest.rules.playbooks] == ["p"]
    assert {("role", 0), ("playbook", 0, "task", 0, "assign")} <= rest.left_out
    assert ("playbook", 0, "task", 0, "body") in doubted(text + RUDE)


def test_of_a_file_that_is_wrong_throughout_nothing_is_left() -> None:
    rest = rest_of("playbook = 3\nwacth = 5\n")
    assert rest.rules.playbooks == ()
    assert rest.left_out == {("playbook",), ("wacth",)}
