"""`winback status`: how each CRM stands, for people and for watching programs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Engine

from integration.cli.context import (
    config_option,
    guarded,
    json_option,
    print_json,
    shown_url,
)
from integration.cli.standing import (
    chosen,
    crm_option,
    existing_store,
    optional_config,
)
from integration.cli.status_screen import print_status
from integration.config import Config, ConfigFaults
from integration.crm_settings import CrmSettings
from integration.once import EXIT_CRM, EXIT_FINE, EXIT_LEFT
from integration.published import in_force
from integration.quota_told import history_as_wire, quota_as_wire
from integration.runtime import wall_clock
from integration.standing_processes import processes
from integration.store import pulse, revisions, telling
from integration.store.engine import reading
from integration.store.telling import Standing


@click.command("status", epilog="Example: winback status --json")
@config_option
@crm_option
@json_option
@guarded
def status_command(config_path: str, crm: str | None, as_json: bool) -> None:
    """How each CRM stands: health, how far polling got, what waits, is held or parked.

    Reads the store alone, so it answers while a CRM is down. Exit code 4 when rows are held or
    parked, 3 when a CRM's health is red.
    """
    config, now = optional_config(config_path), wall_clock()
    with existing_store() as engine, reading(engine) as connection:
        settings = _settings(config, engine) if config else {}
        names = chosen([*settings, *telling.names(connection)], crm)
        standings = [telling.standing(connection, name, now) for name in names]
        revision = revisions.in_force(connection)
        signs = pulse.signs(connection)
    found = list(processes(signs, now))
    if as_json:
        print_json(
            {
                "at": _wire(now),
                "store": shown_url(),
                "revision": revision[0] if revision else None,
                "clock": {"ticked_at": _wire(signs.ticked_at)},
                "workers": {"seen_at": _wire(signs.worked_at)},
                "processes": [one.sentence for one in found if not one.ok],
                "crms": {one.state.name: as_wire(one) for one in standings},
            }
        )
    else:
        stay_dry = {name for name, one in settings.items() if one.dry_run}
        print_status(standings, revision, shown_url(), now, found, stay_dry)
    raise SystemExit(exit_code(standings))


def _settings(file: Config, engine: Engine) -> Mapping[str, CrmSettings]:
    """Of the rules in force."""
    try:
        return in_force(file, engine, os.environ)[0].crms
    except ConfigFaults:  # a revision that this version takes no more
        return file.crms


def exit_code(standings: Sequence[Standing]) -> int:
    if any(one.state.health == "red" for one in standings):
        return EXIT_CRM
    return EXIT_LEFT if any(one.kept_back or one.parked for one in standings) else EXIT_FINE


def as_wire(one: Standing) -> dict[str, Any]:
    """A CRM's part of `status --json`. `held` waits for a person; a rep's budget does not."""
    state = one.state
    return {
        "health": state.health,
        "sentence": state.sentence,
        "paused": state.paused,
        "dry_run": state.dry_run,
        "pilot": state.pilot,
        "faults": state.faults,
        "cursor_at": _wire(one.cursor_at),
        "oldest_due_at": _wire(one.oldest_due_at),
        "pending": one.pending,
        "held": one.kept_back,
        "held_by": dict(one.held),
        "parked": [{**row, "since": _wire(row["since"])} for row in one.parked],
        "storm_since": _wire(state.storm_since),
        "blocked_until": _wire(state.blocked_until),
        "failures": state.failures,
        "first_contact_on": state.first_contact_on,
        "polled_at": _wire(state.polled_at),
        "quota": quota_as_wire(one.spending, wall_clock()),
        "history": history_as_wire(one.history),
        "streams": {name: _wire(at) for name, at in one.streams.items()},
        "signals": one.signals,
        "records": dict(one.records),
        "customers": {"known": one.customers, "to_decide": one.to_decide},
        "losses": {kind: one.losses.get(kind, 0) for kind in ("customer", "deal", "prospect")},
        "recoveries": {"open": 0, **one.recoveries},
        "slipped": one.slipped,
        "tasks": {"waiting": 0, **one.tasks},
        "deliveries": {
            known.channel: {
                "accepted_at": _wire(known.accepted_at),
                "refused_at": _wire(known.refused_at),
                "refused_because": known.refused_because,
            }
            for known in one.deliveries
        },
    }


def _wire(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
