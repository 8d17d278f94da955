"""`winback pause`, `resume` and `resume-held`: a person stops a CRM and lets go again."""

from __future__ import annotations

import click
from sqlalchemy import Connection

from integration.cli.context import config_option, guarded, json_option, print_json
from integration.cli.standing import chosen, crm_option, existing_store, known_names
from integration.runtime import wall_clock
from integration.spoken import count
from integration.store import crms, outbox, telling
from integration.store.engine import begin


@click.command("resume-held", epilog="Example: winback resume-held --crm sales")
@config_option
@crm_option
@json_option
@guarded
def resume_held_command(config_path: str, crm: str | None, as_json: bool) -> None:
    """Let go what the storm brake holds; the next run writes it.

    `winback status` says how much that is. Each rep's budget of the day still applies.
    """
    with existing_store() as engine, begin(engine) as connection:
        names = chosen(known_names(connection, config_path), crm)
        freed = {name: _let_go(connection, name) for name in names}
    if as_json:
        print_json(
            {"crms": {name: {"released": n, "customers": c} for name, (n, c) in freed.items()}}
        )
        return
    for name, (number, customers) in freed.items():
        if number:
            let_go = f"{count(number, 'change')} for {count(customers, 'customer')}"
            click.echo(f"{name}: let go {let_go}; the next run writes them")
        else:
            click.echo(f"{name}: the storm brake holds nothing")


def _let_go(connection: Connection, name: str) -> tuple[int, int]:
    """How many changes of how many customers."""
    customers = telling.held_customers(connection, name)
    number = outbox.release(connection, name, telling.STORM, wall_clock())
    crms.change(connection, name, storm_since=None)
    return number, customers


@click.command("pause", epilog="Example: winback pause sales")
@click.argument("crm", metavar="CRM")
@config_option
@guarded
def pause_command(crm: str, config_path: str) -> None:
    """Leave a CRM alone, reading and writing, until `winback resume`. Nothing is lost."""
    if _set_paused(crm, config_path, paused=True):
        click.echo(f"{crm}: paused; nothing is read or written until `winback resume {crm}`")
    else:
        click.echo(f"{crm}: is paused already")


@click.command("resume", epilog="Example: winback resume sales")
@click.argument("crm", metavar="CRM")
@config_option
@guarded
def resume_command(crm: str, config_path: str) -> None:
    """Go on with a CRM that was paused, from where it stopped."""
    if _set_paused(crm, config_path, paused=False):
        click.echo(f"{crm}: goes on at the next run, from where it stopped")
    else:
        click.echo(f"{crm}: is not paused")


def _set_paused(crm: str, config_path: str, *, paused: bool) -> bool:
    """Whether that changed anything."""
    with existing_store() as engine, begin(engine) as connection:
        chosen(known_names(connection, config_path), crm)
        before = crms.state(connection, crm).paused
        crms.change(connection, crm, paused=paused)
    return before is not paused
