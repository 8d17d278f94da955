"""The rows of a batch of decisions, gathered first and written with one statement per table.

One statement per row would cost more than deciding does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import field_values, loss_reasons, losses, pushes, recoveries, tasks
from integration.store.upsert import put

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheets:
    """Rows by table. `ended` are recoveries that were open and have ended or met or missed a
    benchmark, `replanned` those that go on with another playbook, `reasons` losses that are known
    and may have got another reason; all three name their row under `b_id`."""

    losses: list[Row] = field(default_factory=list)
    reasons: list[Row] = field(default_factory=list)
    reason_history: list[Row] = field(default_factory=list)
    ended: list[Row] = field(default_factory=list)
    replanned: list[Row] = field(default_factory=list)
    recoveries: list[Row] = field(default_factory=list)
    tasks: list[Row] = field(default_factory=list)
    pushes: list[Row] = field(default_factory=list)
    theirs: list[Row] = field(default_factory=list)

    def write(self, connection: Connection) -> None:
        """An open recovery ends before the next one of its customer begins: the schema holds
        that there is one at most."""
        _run(connection, sa.insert(losses), self.losses)
        _run(connection, _NEW_REASON, self.reasons)
        _run(connection, sa.insert(loss_reasons), self.reason_history)
        _run(connection, _END, self.ended)
        _run(connection, _REPLAN, self.replanned)
        begun = sorted(self.recoveries, key=lambda row: row["ended_on"] is None)
        _run(connection, sa.insert(recoveries), begun)
        put(connection, tasks, self.tasks)
        _run(connection, sa.insert(pushes), self.pushes)
        put(connection, field_values, self.theirs)


_NEW_REASON = (
    sa.update(losses)
    .where(losses.c.id == sa.bindparam("b_id"), losses.c.reason != sa.bindparam("reason"))
    .values(
        category=sa.bindparam("category"),
        provenance=sa.bindparam("provenance"),
        reason=sa.bindparam("reason"),
    )
)
_END = (
    sa.update(recoveries)
    .where(recoveries.c.id == sa.bindparam("b_id"))
    .values(
        ended_on=sa.bindparam("b_ended_on"),
        end=sa.bindparam("b_end"),
        benchmarks=sa.bindparam("b_benchmarks"),
        slipped=sa.bindparam("b_slipped"),
    )
)
_REPLAN = (
    sa.update(recoveries)
    .where(recoveries.c.id == sa.bindparam("b_id"))
    .values(
        playbook=sa.bindparam("b_playbook"),
        revision=sa.bindparam("b_revision"),
        playbooks_left=sa.bindparam("b_playbooks_left"),
    )
)


def _run(connection: Connection, statement: Any, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(statement, list(rows))
