"""A difference between two rule files in words: its kinds, one sentence, and the values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from integration.spoken import count

Told = Mapping[str, Any]
"""One difference as `integration.replaying.spool` keeps it."""

KINDS = {
    "new": "losses that this file alone finds",
    "in force": "losses that the other file alone finds",
    "verdict": "losses with another verdict",
    "category": "losses with another reason",
    "playbook": "losses with another playbook",
    "known_on": "losses known on another day",
    "tasks_more": "tasks more",
    "tasks_less": "tasks less",
    "owner": "tasks for somebody else",
    "due_on": "tasks due on another day",
    "priority": "tasks with another priority",
    "subject": "tasks with another subject",
    "body": "tasks with another text",
}
"""Every kind of difference, and what is counted of it."""

_FOUND = {"new": "found by this file alone", "in force": "found by the other file alone"}
_LONGEST_VALUE = 120  # characters of a text that one line shows; `--json` has all of it


def kinds(one: Told) -> Iterator[str]:
    """The kinds of a difference, each as often as it counts."""
    if one["found"] != "both":
        yield one["found"]
    yield from one["changed"]
    for key in ("tasks_more", "tasks_less"):
        yield from (key for _ in one[key])
    for task in one["tasks_changed"]:
        yield from task["changed"]


def ranked(by_kind: Mapping[str, int]) -> dict[str, int]:
    """Every kind with its number, in the order of `KINDS`."""
    return {kind: by_kind.get(kind, 0) for kind in KINDS}


def told(one: Told) -> str:
    """`Foo AG (001A): playbook price -> everyone; 1 task more (everyone / thank)`."""
    return f"{who(one)}: {'; '.join([*_of_loss(one), *values(one)])}"


def who(one: Told) -> str:
    """The account, by name where it has one."""
    return f"{one['name']} ({one['account']})" if one["name"] else str(one["account"])


def changes(one: Told) -> str:
    """What the two files say of the loss, without what only this account has."""
    by_way: dict[str, list[str]] = {}
    for task in one["tasks_changed"]:
        for what, both in task["changed"].items():
            by_way.setdefault(_how(what, both), []).append(task["task"])
    return "; ".join([*_of_loss(one), *(_tasks(how, tasks) for how, tasks in by_way.items())])


def _of_loss(one: Told) -> Iterator[str]:
    """What differs but for the tasks that both make."""
    if one["found"] != "both":
        yield _FOUND[one["found"]]
    for what, both in one["changed"].items():
        name = what.replace("_", " ")
        yield f"{name} {_word(both['in_force'])} -> {_word(both['new'])}"
    for key, how in (("tasks_more", "more"), ("tasks_less", "less")):
        if one[key]:
            yield _tasks(how, one[key])


def _tasks(how: str, tasks: Sequence[str]) -> str:
    return f"{count(len(tasks), 'task')} {how} ({', '.join(tasks)})"


def values(one: Told) -> Iterator[str]:
    """What differs in each task, as the account's own values: `p / call: due 6 May 2026 -> ...`."""
    for task in one["tasks_changed"]:
        said = (
            _both(what, both["in_force"], both["new"]) for what, both in task["changed"].items()
        )
        yield f"{task['task']}: {', '.join(said)}"


def _both(what: str, before: str | None, after: str | None) -> str:
    """Of a text the part that differs is told; it may stand in one of the two alone."""
    if what == "body" and not (before and after):
        gone = f"without {_value(what, before)}" if before else ""
        return f"text {gone or f'with {_value(what, after)} added'}"
    return f"{_NAMED[what]} {_value(what, before)} -> {_value(what, after)}"


_NAMED = {
    "owner": "for",
    "due_on": "due",
    "priority": "priority",
    "subject": "subject",
    "body": "text",
}


def _how(what: str, both: Mapping[str, str]) -> str:
    match what:
        case "due_on":
            return "due later" if both["new"] > both["in_force"] else "due earlier"
        case "priority":
            return f"with priority {both['new']} instead of {both['in_force']}"
    return KINDS[what].removeprefix("tasks ")


def _value(what: str, value: str | None) -> str:
    if what == "due_on" and value:
        return f"{date.fromisoformat(value):%-d %b %Y}"
    if what not in ("subject", "body") or not value:
        return _word(value)
    line = " ".join(value.split())
    return f'"{line}"' if len(line) <= _LONGEST_VALUE else f'"{line[: _LONGEST_VALUE - 1]}…"'


def _word(value: str | None) -> str:
    return value or "none"
