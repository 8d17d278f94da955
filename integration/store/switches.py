"""What people switched on for one CRM at run time. A switch only narrows: what the rule file holds
back stays held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store import crms as states
from integration.store.tables import crms
from rules.ruleset import Pilot


@dataclass(frozen=True, slots=True)
class Switches:
    """`pilot` is None where everybody is in."""

    dry_run: bool = False
    pilot: Pilot | None = None


def read(connection: Connection, crm: str) -> Switches:
    """None are on for a CRM that no round has seen yet."""
    row = connection.execute(
        sa.select(crms.c.dry_run, crms.c.pilot).where(crms.c.name == crm)
    ).first()
    return Switches() if row is None else Switches(row.dry_run, pilot_of(row.pilot))


def pilot_of(stored: dict[str, Any] | None) -> Pilot | None:
    if stored is None:
        return None
    return Pilot(only_owners=tuple(stored["owners"]), only_teams=tuple(stored["teams"]))


def write(connection: Connection, crm: str, wanted: Switches) -> None:
    """Switch a CRM, which no round need have seen yet."""
    states.state(connection, crm)
    pilot = wanted.pilot and {
        "owners": list(wanted.pilot.only_owners),
        "teams": list(wanted.pilot.only_teams),
    }
    states.change(connection, crm, dry_run=wanted.dry_run, pilot=pilot)
