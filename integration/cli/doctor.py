"""`winback doctor`: every CRM looked at live; for each thing fine, or what to do."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from sqlalchemy.engine import make_url

from integration.cli.context import (
    CRM,
    REFUSED,
    checked_url,
    config_option,
    database_url,
    guarded,
    json_option,
    load_config,
    print_json,
)
from integration.cli.counted import counted
from integration.cli.doctor_screen import print_diagnoses
from integration.cli.patience import patiently
from integration.cli.standing import chosen, crm_option, existing_store
from integration.doctoring import Diagnosis, Doctor, of_processes
from integration.runtime import wall_clock
from integration.sense import missing
from integration.store import pulse, telling
from integration.store.engine import driver_url, reading
from integration.store.telling import Standing


@click.command("doctor", epilog="Example: winback doctor --config winback.toml --crm sales")
@config_option
@crm_option
@json_option
@guarded
def doctor_command(config_path: str, crm: str | None, as_json: bool) -> None:
    """Look at each CRM live: log-in, permissions, fields, picklists, people, clock, limits, API
    version, push, and what is held or parked. Writes nothing.

    Exit code 0 when all is fine, 2 when there is something to do, 3 when a CRM is unavailable or
    refuses the credentials.
    """
    config = load_config(config_path)
    if (warning := missing(config.ruleset.words)) is not None:
        click.echo(warning, err=True)
    names = chosen(config.crms, crm)
    doctor = Doctor(config, os.environ, wall_clock, patiently, counted)
    standings, signs = _standings(names)
    diagnoses = [*doctor.diagnose(names, standings), *of_processes(signs, wall_clock())]
    if as_json:
        print_json([line for one in diagnoses for line in as_wire(one)])
    else:
        print_diagnoses(diagnoses)
    raise SystemExit(exit_code(diagnoses))


def exit_code(diagnoses: Sequence[Diagnosis]) -> int:
    if not all(one.reached for one in diagnoses):
        return CRM
    return REFUSED if any(one.to_do for one in diagnoses) else 0


def as_wire(one: Diagnosis) -> list[dict[str, Any]]:
    return [
        {
            "crm": one.crm,
            "area": finding.area.value,
            "what": finding.what,
            "ok": finding.ok,
            "sentence": finding.sentence,
        }
        for finding in one.findings
    ]


def _standings(names: Sequence[str]) -> tuple[Mapping[str, Standing | None], pulse.Signs]:
    """A store that is not there yet is no fault: the doctor may come first."""
    checked_url()
    file = make_url(driver_url(database_url())).database
    if database_url().startswith("sqlite") and not (file and Path(file).is_file()):
        return {}, pulse.Signs()
    with existing_store() as engine, reading(engine) as connection:
        standings = {name: telling.standing(connection, name, wall_clock()) for name in names}
        return standings, pulse.signs(connection)
