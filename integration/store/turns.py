"""Whose turn it is at a CRM, where several workers share a store on PostgreSQL.

Each round takes the next turn, and with it the right to write: what a round of an earlier turn
wants to commit is refused, whatever became of its worker (stopped for a minute, cut off from the
queue, taken for dead). So two rounds of one CRM may overlap and still only one of them counts.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event

from integration.store.tables import turns
from integration.store.upsert import insert

_OPTION = "winback_turn"


class TurnLost(Exception):
    """Another round of the same CRM has begun; nothing of this one is written any more."""


def take(connection: Connection, crm: str) -> int:
    """The next turn; waits for a commit of the one before that is under way."""
    statement = insert(connection, turns).values(crm=crm, number=1)
    taken = statement.on_conflict_do_update(
        index_elements=["crm"], set_={"number": turns.c.number + 1}
    )
    number: int = connection.execute(taken.returning(turns.c.number)).scalar_one()
    return number


def guard(engine: Engine) -> None:
    """Have every commit on this engine checked, where it is made `in_turn`."""
    event.listen(engine, "commit", _refuse_late)


def in_turn(engine: Engine, crm: str, number: int) -> Engine:
    """The same engine, whose writes raise `TurnLost` once another turn was taken."""
    return engine.execution_options(**{_OPTION: (crm, number)})


def others_may_work(engine: Engine) -> bool:
    """Whether what is done on this engine is one turn among others'."""
    return _OPTION in engine.get_execution_options()


def _refuse_late(connection: Connection) -> None:
    options = connection.get_execution_options()
    turn = options.get(_OPTION)
    if turn is None or not options.get("winback_write"):
        return
    crm, number = turn
    # shared: our threads do not wait for each other, whoever takes the next turn waits for us
    now = connection.execute(
        sa.select(turns.c.number).where(turns.c.crm == crm).with_for_update(read=True)
    ).scalar()
    if now != number:
        raise TurnLost(f"turn {number} at {crm} is over, {now} has begun")
