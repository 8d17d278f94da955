"""What only the whole rule file can tell of its plays: whom they name, what they wait for, and in
which order they go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from marshmallow import ValidationError

from rules.conditions import Condition
from rules.fault import Fault, Path
from rules.leading_on import shared_key_faults
from rules.order_guard import order_faults
from rules.people import Assign, AssignTo
from rules.playbook import AfterKind
from rules.schema_plays import assign, one_after
from rules.suggest import did_you_mean
from rules.tables import Table, tables, texts_at, texts_of

_STEPS = ("reason_known", "reason_confirmed", "spoken", "apologised", "no answer for 10 days")
_ASSIGNING = (("playbook.task", "assign"), ("cadence", "assign"), ("offer", "approval"))


def play_faults(
    file: Table,
    kinds: Mapping[str, str],
    conditions: Mapping[Path, Condition],
    categories: Sequence[str],
) -> Iterator[Fault]:
    for path, playbook in tables(file, "playbook"):
        yield from _after([((*path, *inner), task) for inner, task in tables(playbook, "task")])
    yield from order_faults(file, conditions)
    yield from shared_key_faults(file, conditions)
    yield from _managers(file, kinds)
    yield from _roles(file)
    yield from _listed(file, "categories", [*categories, "unknown"] if categories else [])
    tiers = [name for _, tier in tables(file, "tier") for name in texts_of(tier.get("name"))]
    yield from _listed(file, "tiers", tiers)
    for path, interview in tables(file, "interview"):
        named = interview.get("by_tier")
        for name in named if isinstance(named, Mapping) else ():
            if name not in tiers:
                near = did_you_mean(str(name), tiers)
                yield Fault((*path, "by_tier", name), "there is no such tier", near, of_key=True)


def _after(tasks: list[tuple[Path, Table]]) -> Iterator[Fault]:
    earlier: list[str] = []
    keys = [key for _, task in tasks for key in texts_of(task.get("key"))]
    for path, task in tasks:
        for at, word in texts_at((*path, "after"), task.get("after")):
            name = _task_named(word)
            if name is None or name in earlier:
                continue
            yield Fault(
                at,
                f'"{name}" is no earlier task of this playbook',
                "move that task before this one"
                if name in keys
                else did_you_mean(name, (*_STEPS, *earlier)),
            )
        earlier.extend(texts_of(task.get("key")))


def _task_named(word: str) -> str | None:
    try:
        found = one_after(word)
    except ValidationError:
        return None  # told by the schema
    return found.name if found.kind is AfterKind.TASK else None


def _assigned(file: Table) -> Iterator[tuple[Path, Assign]]:
    """Everybody whom the file gives something to."""
    for section, key in (*_ASSIGNING, ("interview", "assign")):
        for path, table in tables(file, section):
            yield from _read((*path, key), table.get(key))
    for path, interview in tables(file, "interview"):
        by_tier = interview.get("by_tier")
        for tier, value in by_tier.items() if isinstance(by_tier, Mapping) else ():
            yield from _read((*path, "by_tier", tier), value)


def _read(path: Path, value: object) -> Iterator[tuple[Path, Assign]]:
    if value is None:
        return
    try:
        yield path, assign(value)
    except ValidationError:
        return  # told by the schema


def _managers(file: Table, kinds: Mapping[str, str]) -> Iterator[Fault]:
    """HubSpot knows no managers, so they have to stand under [[person]]."""
    named = any(person.get("manager") for _, person in tables(file, "person"))
    if named or set(kinds.values()) != {"hubspot"}:
        return
    for path, assigned in _assigned(file):
        if all(one.to is AssignTo.MANAGER for one in assigned.chain):
            yield Fault(
                path,
                "nobody can get this task: HubSpot knows no managers",
                'add [[person]] with email and manager, or write "owner"',
            )


def _roles(file: Table) -> Iterator[Fault]:
    names = [name for _, role in tables(file, "role") for name in texts_of(role.get("name"))]
    for path, assigned in _assigned(file):
        for index, one in enumerate(assigned.chain):
            if one.to is AssignTo.ROLE and one.name not in names:
                near = did_you_mean(one.name, names) or "add it with its members"
                yield Fault((*path, index), f'there is no [[role]] "{one.name}"', near)


def _listed(file: Table, key: str, known: Sequence[str]) -> Iterator[Fault]:
    """Categories and tiers that an offer is for."""
    for path, offer in tables(file, "offer"):
        for at, name in texts_at((*path, key), offer.get(key)):
            if known and name not in known:
                what = "category" if key == "categories" else "tier"
                yield Fault(at, f'there is no {what} "{name}"', did_you_mean(name, known))
