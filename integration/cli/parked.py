"""`winback parked` and `winback requeue`: what could not be written, and sending it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from integration.cli.context import config_option, guarded, json_option, print_json, refuse
from integration.cli.screen import say
from integration.cli.standing import chosen, crm_option, existing_store, known_names
from integration.once import EXIT_LEFT
from integration.runtime import wall_clock
from integration.spoken import count
from integration.store import outbox
from integration.store.engine import begin, reading

Parked = Mapping[str, Any]


@click.command("parked", epilog="Example: winback parked --crm sales")
@config_option
@crm_option
@json_option
@guarded
def parked_command(config_path: str, crm: str | None, as_json: bool) -> None:
    """List what could not be written, each with why and what to do. Nothing is ever dropped."""
    with existing_store() as engine, reading(engine) as connection:
        chosen(known_names(connection, config_path), crm)
        rows = outbox.parked(connection, crm)
    if as_json:
        print_json(rows)
    else:
        _print(rows)
    raise SystemExit(EXIT_LEFT if rows else 0)


def _print(rows: Sequence[Parked]) -> None:
    for row in rows:
        number = row["id"] or "-"  # a task that nobody can get has no row yet
        click.echo(f"{number}  {row['crm']}  {row['kind']}  {row['key']}  ({row['reason']})")
        say(f"    {row['sentence']}")
    if rows:
        click.echo(f"{count(len(rows), 'row')} parked; once mended, `winback requeue` sends again")
    else:
        click.echo("nothing is parked")


@click.command("requeue", epilog="Example: winback requeue --crm sales 17 18")
@config_option
@crm_option
@click.argument("ids", nargs=-1, metavar="[ID]...")
@json_option
@guarded
def requeue_command(config_path: str, crm: str | None, ids: Sequence[str], as_json: bool) -> None:
    """Send parked rows again at the next run: all of them, or those of the IDs.

    An ID is the number or the key that `winback parked` shows.
    """
    with existing_store() as engine, begin(engine) as connection:
        chosen(known_names(connection, config_path), crm)
        wanted = _numbers(outbox.parked(connection, crm), ids)
        sent = outbox.requeue(connection, wall_clock(), crm=crm, ids=wanted)
    if as_json:
        print_json({"requeued": sent})
    elif sent:
        click.echo(f"{count(sent, 'row')} put back; the next run sends again")
    else:
        click.echo("nothing is parked")


def _numbers(rows: Sequence[Parked], ids: Sequence[str]) -> list[int | None]:
    """The rows behind numbers and keys; None for a task that nobody could get, which has no row
    yet. One that is not parked refuses them all."""
    found: list[int | None] = []
    for given in ids:
        named = [row["id"] for row in rows if given in {str(row["id"]), row["key"]}]
        if not named:
            refuse(f"nothing that is parked has the ID {given}: `winback parked` lists what is")
        found += named
    return found
