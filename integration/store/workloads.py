"""How much each user of a CRM has of our tasks: what roles and hand-overs share work out by."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import tasks
from rules.case import Decision, Workload

_DONE = ("closed", "deleted", "withdrawn")


class RunningWorkload:
    """The workload as it grows while a batch of customers is decided: the next one is given to
    whoever has the least by then. `now` is the view that cases carry."""

    def __init__(self, given: Counter[str], open_: Counter[str]) -> None:
        self._given, self._open = given, open_
        self.now = Workload(given, open_)

    def add(self, decision: Decision) -> None:
        owners = [task.draft.owner_id for task in decision.tasks]
        self._given.update(owners)
        self._open.update(owners)


def nobodys() -> RunningWorkload:
    """For a round in which nothing is decided: counting all tasks of a CRM takes its time."""
    return RunningWorkload(Counter(), Counter())


def read(connection: Connection, crm: str) -> RunningWorkload:
    open_ = sa.func.sum(sa.case((tasks.c.state.in_(_DONE), 0), else_=1))
    rows = connection.execute(
        sa.select(tasks.c.owner_id, sa.func.count(), open_)
        .where(tasks.c.crm == crm)
        .group_by(tasks.c.owner_id)
    ).all()
    return RunningWorkload(
        Counter({owner: given for owner, given, _ in rows}),
        Counter({owner: int(open_) for owner, _, open_ in rows}),
    )
