"""The budget of a day, spent in a real store: for one rep, a higher effective score never waits
behind a lower one."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from connectors.base import PushKind
from integration.store.budget import candidates, spend
from integration.store.codec import draft_to_json
from integration.store.engine import begin
from integration.store.tables import customers, pushes, recoveries, tasks
from rules.model import TaskDraft
from rules.turns import effective_scores

TODAY = date(2026, 6, 15)
NOW = datetime(2026, 6, 15, 6, tzinfo=UTC)
MONTH = timedelta(days=30)
REPS = ("U1", "U2", "U3")


def wanted_task(connection: Connection, number: int, chance: random.Random) -> None:
    """One customer with one task that only the budget holds, made some days ago."""
    key, owner = f"R{number}:listen:1", chance.choice(REPS)
    made_on = TODAY - timedelta(days=chance.randrange(40))
    score = Decimal(chance.choice((0, 10, 200, 200, 5000)))
    draft = draft_to_json(TaskDraft(key, "Call", "", TODAY, NOW, owner, "A1"))
    customer = connection.execute(
        sa.insert(customers).values(crm="sales").returning(customers.c.id)
    ).scalar_one()
    of_customer = {"customer_id": customer, "crm": "sales"}
    connection.execute(
        sa.insert(recoveries).values(id=f"R{number}", opened_on=made_on, revision=1, **of_customer)
    )
    connection.execute(
        sa.insert(tasks).values(
            key=key,
            recovery_id=f"R{number}",
            rule="call / listen",
            state="wanted",
            owner_id=owner,
            due_on=TODAY,
            made_on=made_on,
            due_unit="business day",
            due_count=1,
            draft=draft,
            facts={},
            would_change=[],
            because="",
            score=score,
            revision=1,
            **of_customer,
        )
    )
    connection.execute(
        sa.insert(pushes).values(
            kind=PushKind.TASK_CREATE.value,
            stream=f"A{number}",
            type="Task",
            task_key=key,
            payload={"task": draft},
            state="pending",
            due_at=NOW,
            made_at=NOW,
            **of_customer,
        )
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_higher_effective_score_never_waits_behind_a_lower(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    per_day = chance.randrange(1, 5)
    with begin(engine) as connection:
        for number in range(25):
            wanted_task(connection, number, chance)
        before = connection.execute(candidates("sales")).all()
        scores = {row.key: score for row, score in effective_scores(before, TODAY, MONTH)}
        waiting = spend(
            connection,
            "sales",
            per_day=per_day,
            today=TODAY,
            now=NOW,
            redate=lambda draft, _: draft,
            waits_at_most=MONTH,
        )
        after = connection.execute(sa.select(tasks)).all()
    gone = [row for row in after if row.released_on == TODAY]
    waits = [row for row in after if row.released_on is None]
    assert len(waits) == waiting
    assert max(Counter(row.owner_id for row in gone).values()) <= per_day
    for late in waits:
        ahead = [scores[row.key] for row in gone if row.owner_id == late.owner_id]
        assert len(ahead) == per_day
        assert min(ahead) >= scores[late.key]
