"""What a test case calls tasks: those of the file's playbooks and cadences, and those that stand
in none: an offer's approval (`mend.approve`), the nudge (`reason.nudge`) and the
question (`why`). The word to the manager about an overdue task is not played."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rules.ask_by_key import asked_by
from rules.own_steps import NUDGE, QUESTION
from rules.plans import slug
from rules.playbook import APPROVAL, Ask
from rules.tables import Table, tables, texts_of


def task_names(file: Table) -> list[str]:
    """The names of all tasks that the rules of a file can make."""
    tasks = [task for _, task in tables(file, "playbook.task")]
    keys = [key for task in tasks for key in texts_of(task.get("key"))]
    cadences = [name for _, row in tables(file, "cadence") for name in texts_of(row.get("name"))]
    named = [*keys, *map(slug, cadences)]
    if any("approval" in offer for _, offer in tables(file, "offer")):
        offers = [task for task in tasks if asked_by(task) is Ask.OFFER]
        named += [f"{key}{APPROVAL}" for task in offers for key in texts_of(task.get("key"))]
    if any("nudge_after" in interview for _, interview in tables(file, "interview")):
        named.append(NUDGE)
    return [*named, QUESTION]


def answers(said: Any) -> dict[str, Any]:
    """`done`: what was answered by task, None where it was only done. TOML makes tables of keys
    with dots that nobody quoted: `{ mend.approve = "not this one" }`."""
    if isinstance(said, Mapping):
        return dict(_flat(said, ""))
    return dict.fromkeys([said] if isinstance(said, str) else said)


def _flat(said: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, value in said.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value
