"""What has to be true when the day is over: by the sandbox's ledger, the CRM's records, and the
store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.engine import connect
from integration.store.tables import (
    aliases,
    customers,
    field_values,
    pushes,
    recoveries,
    signals,
    tasks,
)
from tests.torture.desks import MARK, Desk
from tests.torture.wills import Customer, Wills
from tests.worlds import TASK_KEYS

AT_REST = {"delivered", "withdrawn"}


def check_everything(desk: Desk, wills: Wills, people: Sequence[Customer]) -> None:
    """Raises AssertionError."""
    engine = connect(desk.url)
    try:
        with engine.connect() as connection:
            nothing_is_under_way(connection)
            nothing_is_twice(desk)
            only_ours_was_written(desk, wills)
            persons_are_left_alone(desk, wills)
            store_and_crm_agree(connection, desk, wills)
            nobody_is_lost(connection, desk, wills, people)
    finally:
        engine.dispose()


def nothing_is_under_way(connection: Connection) -> None:
    rows = connection.execute(sa.select(pushes.c.id, pushes.c.kind, pushes.c.state)).all()
    assert {row.state for row in rows} <= AT_REST, [r for r in rows if r.state not in AT_REST]
    assert not connection.execute(sa.select(signals)).all()
    assert not connection.execute(
        sa.select(customers.c.id).where(customers.c.changed_at.is_not(None))
    ).all()


def nothing_is_twice(desk: Desk) -> None:
    """No task of ours was ever made a second time, those that a person deleted included."""
    twice = {key: count for key, count in Counter(desk.keys_made()).items() if count > 1}
    assert not twice


def only_ours_was_written(desk: Desk, wills: Wills) -> None:
    for type, id, names in desk.our_writes():
        assert id not in wills.own_tasks, "a person's own task was written"
        if type != desk.task_type:
            assert all(name.startswith(desk.our_prefix) for name in names), (type, id, names)


def persons_are_left_alone(desk: Desk, wills: Wills) -> None:
    for (type, id), chosen in wills.reasons.items():
        if not desk.stands(type, id):
            continue
        assert desk.reason_on(type, id) == chosen, f"a person's reason on {type} {id}"
    standing = desk.ours()
    for task, edits in wills.edits.items():
        if task in wills.deleted:
            continue
        for name, value in edits.items():
            if name == "body":
                assert MARK in standing[task]["body"], "a person's words in a task"
            else:
                assert standing[task][name] == value, f"a person's {name} of task {task}"
    assert not wills.deleted & standing.keys()


def store_and_crm_agree(connection: Connection, desk: Desk, wills: Wills) -> None:
    standing = {row["key"]: row for row in desk.ours().values()}
    stored = {row.key: row for row in connection.execute(sa.select(tasks))}
    assert standing.keys() <= stored.keys()
    for key, row in stored.items():
        there = standing.get(key)
        agreed = (row.state, row.crm_id, row.owner_id)
        if there is None:
            assert row.state in ("deleted", "withdrawn", "closed"), agreed
            continue
        assert agreed == (_state(there), there["id"], there["owner"]), there
    for value in connection.execute(sa.select(field_values)):
        field = (value.type, value.record_id)
        if value.field != "reason" or value.theirs or field in wills.reasons:
            continue
        if desk.stands(*field):
            assert desk.reason_on(*field) == value.written, field


def _state(task: dict[str, Any]) -> str:
    return "closed" if task["closed"] else "written"


def nobody_is_lost(
    connection: Connection, desk: Desk, wills: Wills, people: Sequence[Customer]
) -> None:
    """Whoever is lost has one open recovery, an open recovery has all of its tasks in the CRM,
    and who came back has no open task. A customer whose deal was deleted is lost by time alone,
    as nothing was bought for so long."""
    for one in people:
        if one.merged_away:
            continue
        found = _recoveries(connection, one)
        open_ones = [row.id for row in found if row.ended_on is None]
        assert len(open_ones) <= 1, (one, found)
        for recovery in open_ones:
            _all_tasks_made(connection, desk, recovery, one)
        deals = {part.deal for part in _parts(one)}
        back = any(part.back for part in _parts(one))
        if "open" not in deals and not back:
            assert open_ones, (one, found)
        if deals == {"lost"} and not back and one.is_simple:
            _reason_stands(desk, wills, one)
        if deals == {"open"} or one.back:
            assert not open_ones, (one, found)
            _no_task_is_open(desk, {row.id for row in found})


def _no_task_is_open(desk: Desk, recoveries: set[str]) -> None:
    mine = [row for row in desk.ours().values() if row["key"].split(":")[0] in recoveries]
    assert all(task["closed"] for task in mine), mine


def _parts(one: Customer) -> list[Customer]:
    return [one, *(part for other in one.merged_with for part in _parts(other))]


def _recoveries(connection: Connection, one: Customer) -> list[Any]:
    named = sa.select(aliases.c.customer_id).where(aliases.c.record_id.in_(one.accounts))
    return list(
        connection.execute(sa.select(recoveries).where(recoveries.c.customer_id.in_(named)))
    )


def _all_tasks_made(connection: Connection, desk: Desk, recovery: str, one: Customer) -> None:
    made = {key for key in desk.keys_made() if key.split(":")[0] == recovery}
    assert made >= {f"{recovery}:{task}:1" for task in TASK_KEYS}, (one, made)
    wanted = sa.select(tasks.c.key).where(tasks.c.recovery_id == recovery)
    assert made == set(connection.execute(wanted).scalars())


def _reason_stands(desk: Desk, wills: Wills, one: Customer) -> None:
    """Ours, where no person has chosen one."""
    for type, id in ((desk.deal_type, one.lost.deal), (desk.account_type, one.lost.account)):
        touched = {ref[1] for ref in (*wills.reasons, *wills.unseen)}
        if not touched & {one.lost.deal, one.lost.account}:
            assert desk.reason_on(type, id) == "price", (type, id)
