"""Nobody knows why they left; somebody finds out; the plan for that reason takes over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from integration.runtime import wall_clock
from integration.store.engine import connect, reading
from integration.store.tables import recoveries, tasks
from rules.model import Field
from tests.integration.jobs.hands import Hands
from tests.integration.jobs.stage import Stage
from tests.worlds import Lost

PLAYS = """
[[playbook]]
name = "reason unknown"
when = { category = "unknown" }
until = "reason_known"
benchmarks = ["reason known by day 10"]

[[playbook.task]]
key = "find_out"
subject = "Ask {{ contact.name or account.name }} why they left"
body = "Choose the win-back reason on the deal."
due = "2 business days"

[[playbook]]
name = "our fault"
when = { fault = "ours" }
goal = "reason confirmed by day 10"

[[playbook.task]]
key = "listen"
subject = "Call {{ contact.name or account.name }}: {{ reason.label }}"
due = "1 business day"

[[playbook.task]]
key = "apologise"
after = "reason_confirmed"
subject = "Say sorry to {{ contact.name or account.name }}"
"""
STARTED = {"sales": "In Progress", "hub": "IN_PROGRESS"}


def asked_why(stage: Stage) -> Lost:
    """A customer who left without a word, and the task to ask them."""
    lost = stage.lose(words="")
    stage.run(playbook=PLAYS)
    assert open_steps(stage) == ["find_out"]
    return lost


def open_steps(stage: Stage) -> list[str]:
    return sorted(step_of(task) for task in stage.tasks() if not task["closed"])


def step_of(task: Mapping[str, Any]) -> str:
    return str(task["body"].rpartition("[winback:")[2].split(":")[1])


def the_task(stage: Stage, step: str) -> dict[str, Any]:
    [task] = [task for task in stage.tasks() if step_of(task) == step]
    return task


def touched(stage: Stage) -> set[str | None]:
    """What was seen of people's hands on our tasks."""
    engine = connect(stage.url)
    with reading(engine) as connection:
        found = set(connection.execute(sa.select(tasks.c.touched)).scalars())
    engine.dispose()
    return found


def recovery(stage: Stage) -> dict[str, Any]:
    engine = connect(stage.url)
    with reading(engine) as connection:
        row = connection.execute(sa.select(recoveries)).mappings().one()
    engine.dispose()
    return dict(row)


def test_the_reason_that_a_rep_writes_down_brings_the_right_tasks(office: Stage) -> None:
    lost = asked_why(office)
    office.choose(lost, "price")
    office.run(playbook=PLAYS)
    assert open_steps(office) == ["listen"]
    assert (
        'Closed by winback: the reason is known: Price; the playbook "our fault" goes on from here'
        in the_task(office, "find_out")["body"]
    )
    task = the_task(office, "listen")
    assert task["subject"].endswith(": Price")
    assert task["owner"] == lost.owner
    assert 'The playbook "our fault" asks for it; it took over on ' in task["body"]
    assert Hands(office).our_field(lost, Field.FAULT) == "ours"
    assert office.reason(lost, office.account_type) == "price"
    known = recovery(office)
    [left] = known["playbooks_left"]
    assert (known["playbook"], left["playbook"]) == ("our fault", "reason unknown")
    assert left["because"] == "the reason is known: Price"
    assert left["benchmarks"][0]["met_on"] == left["left_on"]
    written = office.writes()
    office.run(playbook=PLAYS)
    assert office.writes() == written


def test_a_note_brings_them_too(stage: Stage) -> None:
    lost = asked_why(stage)
    Hands(stage).says(lost, "They found us too expensive.")
    stage.run(playbook=PLAYS)
    assert open_steps(stage) == ["listen"]
    assert stage.reason(lost) == "price"


def test_a_task_that_somebody_works_on_is_left_to_them(stage: Stage) -> None:
    hands, lost = Hands(stage), [stage.lose(words="") for _ in range(4)]
    stage.run(playbook=PLAYS)
    stage.run(playbook=PLAYS)  # reads its own writing, which is nobody's hand
    assert touched(stage) == {None}
    begun, moved, handed_on, untouched = (stage.tasks()[n]["id"] for n in range(4))
    in_a_month = (wall_clock() + timedelta(days=30)).date().isoformat()
    hands.change(begun, status=STARTED[stage.crm])
    hands.change(moved, due=in_a_month if stage.crm == "sales" else f"{in_a_month}T09:00:00Z")
    hands.change(handed_on, owner=stage.new_owner("Bob Ray"))
    for one in lost:
        stage.choose(one, "price")
    stage.run(playbook=PLAYS)
    closed = [task["id"] for task in stage.tasks() if task["closed"]]
    assert closed == [untouched]
    assert open_steps(stage) == ["find_out"] * 3 + ["listen"] * 4


def test_the_same_moment_that_a_rep_answers_in_changes_nothing_twice(stage: Stage) -> None:
    lost, hands = asked_why(stage), Hands(stage)
    stage.choose(lost, "price")
    hands.change(hands.task(), outcome="spoke")
    stage.run(playbook=PLAYS)
    assert open_steps(stage) == ["listen"]
    assert len(recovery(stage)["playbooks_left"]) == 1
