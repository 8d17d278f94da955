"""What only the whole rule file can tell: names that clash, lead nowhere, or never match."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from rules.case import TIME_ALONE
from rules.check_plays import play_faults
from rules.conditions import Condition
from rules.fault import Fault, Path
from rules.given_keys import test_faults
from rules.given_tasks import task_names
from rules.model import Verdict
from rules.plans import slug
from rules.suggest import did_you_mean
from rules.tables import Table, tables, texts_of

_UNIQUE = (
    ("watch", "name"),
    ("reason", "id"),
    ("tier", "name"),
    ("playbook", "name"),
    ("cadence", "name"),
    ("person", "email"),
    ("role", "name"),
    ("offer", "name"),
)


def cross_faults(
    file: Table,
    kinds: Mapping[str, str],
    conditions: Mapping[Path, Condition],
    categories: Sequence[str] = (),
) -> Iterator[Fault]:
    """Looks at the file as written, so that one bad value does not hide the other faults."""
    for section, key in _UNIQUE:
        yield from _twice(tables(file, section), key)
    for path, playbook in tables(file, "playbook"):
        tasks = [((*path, *inner), task) for inner, task in tables(playbook, "task")]
        yield from _twice(iter(tasks), "key")
    yield from _same_task_keys(file)
    yield from _values_twice(file)
    yield from _crms(file, kinds)
    yield from play_faults(file, kinds, conditions, categories)
    yield from _never(file, conditions)
    yield from test_faults(file, categories=categories, choices=_named(file))


def _named(file: Table) -> Mapping[str, list[str]]:
    """What the file defines, by what names it in test cases."""
    return {
        "playbook": _names(file, "playbook"),
        "tier": _names(file, "tier"),
        "watch": [*_names(file, "watch"), TIME_ALONE],
        "task": task_names(file),
    }


def _names(file: Table, section: str) -> list[str]:
    return [name for _, table in tables(file, section) for name in texts_of(table.get("name"))]


def _twice(rows: Iterator[tuple[Path, Table]], key: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, table in rows:
        for name in texts_of(table.get(key)):
            if name.casefold() in seen:
                yield Fault((*path, key), f'"{name}" is there twice', "choose another")
            seen.add(name.casefold())


def _same_task_keys(file: Table) -> Iterator[Fault]:
    """A cadence's name becomes the middle part of its tasks' keys: one that reads like another's,
    or like the key of a playbook's task, would make two tasks with one key."""
    taken = {
        key: f'the task "{key}" of a playbook'
        for _, task in tables(file, "playbook.task")
        for key in texts_of(task.get("key"))
    }
    for path, cadence in tables(file, "cadence"):
        for name in texts_of(cadence.get("name")):
            other = taken.setdefault(slug(name), f'the cadence "{name}"')
            if other.casefold() != f'the cadence "{name}"'.casefold():
                yield Fault(
                    (*path, "name"),
                    f'"{name}" would make the same task keys as {other}',
                    "choose another name",
                )


def _values_twice(file: Table) -> Iterator[Fault]:
    """One picklist value cannot mean two categories."""
    owners: dict[str, str] = {}
    for path, reason in tables(file, "reason"):
        listed = reason.get("values")
        for index, value in enumerate(listed if isinstance(listed, list) else []):
            if not isinstance(value, str):
                continue
            owner = owners.setdefault(value.strip().casefold(), str(reason.get("id")))
            if owner != str(reason.get("id")):
                yield Fault(
                    (*path, "values", index),
                    f'"{value}" already means "{owner}"',
                    "leave it in one of the two",
                )


def _crms(file: Table, kinds: Mapping[str, str]) -> Iterator[Fault]:
    for section in ("watch", "contract"):
        for path, table in tables(file, section):
            for name in texts_of(table.get("crm")):
                if name not in kinds:
                    near = did_you_mean(name, kinds)
                    yield Fault((*path, "crm"), f"there is no [crm.{name}]", near)


def _never(file: Table, conditions: Mapping[Path, Condition]) -> Iterator[Fault]:
    for path, playbook in tables(file, "playbook"):
        condition = conditions.get((*path, "when"))
        if condition is None or "verdict" not in condition.names or "for" not in playbook:
            continue
        verdicts = texts_of(playbook.get("for"))
        if not _possible(condition, verdicts):
            yield Fault(
                (*path, "when"),
                f"can never hold: the playbook is for {' and '.join(verdicts)}",
                'say in "for" whom it is for, and leave verdict out of "when"',
            )
    every = [verdict.value for verdict in Verdict]
    for section in ("cadence", "suppression"):
        for path, _ in tables(file, section):
            condition = conditions.get((*path, "when"))
            if condition is not None and not _possible(condition, every):
                yield Fault((*path, "when"), "can never hold", "look at what it asks of verdict")


def _possible(condition: Condition, verdicts: list[str]) -> bool:
    can: Callable[[str], bool] = lambda verdict: condition.can_hold({"verdict": verdict})  # noqa: E731
    return any(map(can, verdicts))
