"""What the daily pruning forgets, and what it keeps."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.base import PushKind
from integration.jobs.prune import KEPT, prune
from integration.runtime import Runtime, wall_clock
from integration.store import outbox
from integration.store.engine import begin, reading
from integration.store.tables import customers, pushes
from tests.integration.engine.quiet_crm import QuietCrm, runtime_of

OLD = KEPT + timedelta(days=1)
YOUNG = KEPT - timedelta(days=1)


def add(runtime: Runtime, crm: str, kind: PushKind, state: str, age: timedelta) -> None:
    with begin(runtime.engine) as connection:
        made = connection.execute(sa.insert(customers).values(crm=crm))
        assert made.inserted_primary_key
        outbox.add(
            connection,
            crm=crm,
            kind=kind,
            stream=f"{kind.value} {state} {age.days}",
            type="Account",
            customer_id=made.inserted_primary_key[0],
            payload={},
            task_key=state if kind is PushKind.TASK_CREATE else None,
            state=state,
            now=wall_clock() - age,
        )
        settled = state in ("delivered", "withdrawn", "parked")
        connection.execute(
            sa.update(pushes)
            .where(pushes.c.settled_at.is_(None))
            .values(settled_at=wall_clock() - age if settled else None)
        )


def test_only_old_settled_rows_go(database_url: str) -> None:
    runtime = runtime_of(database_url, QuietCrm("sales"))
    for state in ("delivered", "withdrawn", "parked", "pending", "held", "unknown"):
        add(runtime, "sales", PushKind.FIELD, state, OLD)
    add(runtime, "sales", PushKind.FIELD, "delivered", YOUNG)
    add(runtime, "sales", PushKind.TASK_CREATE, "delivered", OLD)
    add(runtime, "hub", PushKind.FIELD, "delivered", OLD)

    assert prune(runtime, "sales") == 2
    assert prune(runtime, "sales") == 0

    with reading(runtime.engine) as connection:
        left = connection.execute(sa.select(pushes.c.crm, pushes.c.stream)).all()
    runtime.engine.dispose()
    assert sorted(map(tuple, left)) == [
        ("hub", "field delivered 91"),
        ("sales", "field delivered 89"),
        ("sales", "field held 91"),
        ("sales", "field parked 91"),
        ("sales", "field pending 91"),
        ("sales", "field unknown 91"),
        ("sales", "task_create delivered 91"),
    ]
