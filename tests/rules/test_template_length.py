"""Subjects and bodies that have no room in a task: refused where their own words are too many,
warned of where a value may make them so, and told of where a task was cut."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from integration.config import doubts, read_config
from rules.case import PlannedTask
from rules.decide import decide
from rules.fault import Fault, RuleFaults
from rules.load import load_ruleset
from rules.playbook import Playbook, PlaybookTask
from rules.template_length import length_doubts, length_of
from tests.rules.cases import TODAY, book, case, eva, lost, won

ROOT = Path(__file__).parents[2]
SHIPPED = [ROOT / "config.example.toml", *sorted((ROOT / "docs/cookbook").glob("*.toml"))]


def refused(subject: str, section: str = "playbook") -> list[Fault]:
    head = {
        "playbook": '[[playbook]]\nname = "p"\n[[playbook.task]]\nkey = "k"\n',
        "cadence": '[[cadence]]\nname = "c"\nevery = "1 month"\n',
    }
    file = tomllib.loads(f'{head[section]}subject = """{subject}"""\n')
    try:
        load_ruleset(file, {"sales": "salesforce"})
    except RuleFaults as caught:
        return list(caught.faults)
    return []


@pytest.mark.parametrize("section", ["playbook", "cadence"])
def test_own_words_that_have_no_room_are_refused(section: str) -> None:
    assert refused("x" * 255, section) == []
    [fault] = refused("x" * 360, section)
    assert str(fault).endswith(
        "subject: has 360 characters, and a task's subject has room for 255;"
        " say it in fewer words, or say the rest in the body"
    )


@pytest.mark.parametrize(
    ("source", "least", "likely"),
    [
        ("Call them", 9, 9),
        ("Call  \n them", 9, 9),
        ("Call {{ contact.name }}", 5, 65),
        ("{% if tier %}abc{% else %}a{% endif %}", 1, 3),
        ("{% if tier %}abc{% endif %}", 0, 3),
        ("{{ contact.first_name or account.name }}", 0, 60),
        ("{{ loss.words | truncate(30) }}", 0, 31),
        ("{{ loss.words | truncate }}", 0, 201),
        ("{{ 'abc' if wins else 'a' }}", 1, 3),
        ("{{ loss.lost_on }}, {{ won_value }}", 2, 39),
        ("{{ 'a' ~ contact.name | default('them') }}", 1, 61),
        ("{{ broken", 0, 0),
    ],
)
def test_the_length_of_a_text(source: str, least: int, likely: int) -> None:
    length = length_of(source, one_line=True)
    assert (length.least, length.likely) == (least, likely)


def of_task(**changes: object) -> Playbook:
    task = replace(PlaybookTask(key="k", subject="Call"), **changes)  # type: ignore[arg-type]
    return Playbook(name="p", goal="", tasks=(task,))


def warned(**changes: object) -> list[Fault]:
    return list(length_doubts(book(playbooks=(of_task(**changes),)).rules))


def test_a_long_value_in_a_subject_is_warned_of() -> None:
    [doubt] = warned(subject="They said: {{ loss.words }}")
    assert doubt.path == ("playbook", 0, "task", 0, "subject")
    assert "{{ loss.words | truncate(244) }}" in doubt.suggestion
    assert doubt.column == len("They said: {{ ")
    assert warned(subject="They said: {{ loss.words | truncate(200) }}") == []
    assert warned(body="They said: {{ loss.words }}") == []


def test_what_a_later_try_puts_before_it_counts() -> None:
    assert warned(subject="x" * 250) == []
    [doubt] = warned(subject="x" * 250, attempts=3)
    assert "with what stands before it" in doubt.message


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_files_are_not_warned_of(path: Path) -> None:
    found = [str(doubt) for doubt in doubts(read_config(path, {}))]
    assert not [doubt for doubt in found if "longer than" in doubt]


def made(**changes: object) -> PlannedTask:
    called = eva(name="Eva " + "Bauer " * 60)
    seen = case(won("W", 500), lost("D", 10), contacts=(called,))
    return decide(seen, book(playbooks=(of_task(**changes),)), TODAY).tasks[0]


def test_a_cut_is_told_where_the_task_is_explained() -> None:
    task = made(subject="Call {{ contact.name }}", body="{{ contact.name }}")
    assert len(task.draft.subject) == 255
    assert task.draft.subject.endswith("…")
    assert "its subject had 368 characters and is cut after 255" in task.because


def test_what_has_room_is_whole() -> None:
    task = made(subject="Call {{ contact.first_name }}")
    assert task.draft.subject == "Call Eva"
    assert "cut" not in task.because
