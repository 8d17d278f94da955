"""The tasks that wait for a rep's budget, in the order in which they will go (row P6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from integration.store import mirror
from integration.store.budget import candidates, spent_on
from integration.store.made import account_names
from integration.store.tables import pushes, tasks
from rules.ruleset import Limits
from rules.turns import effective_scores, in_turn


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task that only the budget holds.

    `place` counts from 1 among the rep's own. `effective` is the score and what waiting adds to
    it, which decides on the turn. `expected_on` is the earliest day: a more valuable loss that
    comes in between goes first.
    """

    key: str
    account: str
    subject: str
    rep: str
    place: int
    score: Decimal
    effective: Decimal
    since: date
    expected_on: date


def waiting(connection: Connection, crm: str, limits: Limits, today: date) -> list[Waiting]:
    """Rep by rep in the order of their names, each rep's tasks in the order of their turn."""
    query = candidates(crm).add_columns(
        tasks.c.customer_id, tasks.c.draft["subject"].as_string().label("subject")
    )
    rows = connection.execute(query.where(pushes.c.held_by == "budget")).all()
    effective = {
        row.key: score for row, score in effective_scores(rows, today, limits.waits_at_most)
    }
    names = account_names(connection, [row.customer_id for row in rows])
    owners = mirror.owners(connection, crm) if rows else {}
    turns = in_turn(rows, today, limits.waits_at_most)
    days = _days((row.owner_id for row in turns), spent_on(connection, crm, today), limits, today)
    found = [
        Waiting(
            key=row.key,
            account=names.get(row.customer_id) or "an account without a name",
            subject=row.subject,
            rep=owners[row.owner_id].name if row.owner_id in owners else row.owner_id,
            place=place,
            score=row.score,
            effective=effective[row.key],
            since=row.made_on,
            expected_on=expected_on,
        )
        for row, (place, expected_on) in zip(turns, days, strict=True)
    ]
    return sorted(found, key=lambda one: (one.rep, one.place))


def _days(
    owner_ids: Iterable[str], spent: Mapping[str, int], limits: Limits, today: date
) -> Iterator[tuple[int, date]]:
    """The place among the rep's own and the earliest day, of tasks in the order of their turn."""
    per_day = limits.tasks_per_rep_per_day
    places: Counter[str] = Counter()
    for owner_id in owner_ids:
        places[owner_id] += 1
        ahead = places[owner_id] - 1 + min(spent.get(owner_id, 0), per_day or 0)
        yield places[owner_id], today + timedelta(days=ahead // per_day if per_day else 0)
