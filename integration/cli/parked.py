"""`winback parked` and `winback requeue`: what could not be written, and sending it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import click

from integration.cli.agreeing import agree_on_a_terminal, yes_option
from integration.cli.context import config_option, guarded, json_option, print_json, refuse
from integration.cli.saying import say
from integration.cli.standing import by_kind, chosen, crm_option, existing_store, known_names
from integration.once import EXIT_LEFT
from integration.runtime import wall_clock
from integration.spoken import count, minute
from integration.store import outbox
from integration.store.engine import begin, reading

Parked = Mapping[str, Any]

SHOWN = 3


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
@yes_option
@json_option
@guarded
def requeue_command(
    config_path: str, crm: str | None, ids: Sequence[str], yes: bool, as_json: bool
) -> None:
    """Send parked rows again at the next run: all of them, or those of the IDs.

    An ID is the number or the key that `winback parked` shows. It says first which rows those
    are, and asks where it is called on a terminal.
    """
    with existing_store() as engine:
        with reading(engine) as connection:
            chosen(known_names(connection, config_path), crm)
            rows = outbox.parked(connection, crm)
        wanted = _numbers(rows, ids)
        rows = [row for row in rows if not ids or row["id"] in wanted]
        if rows:
            _tell(rows, as_json=as_json)
            agree_on_a_terminal("Send them again?", yes=yes, as_json=as_json)
        with begin(engine) as connection:
            sent = outbox.requeue(connection, wall_clock(), crm=crm, ids=wanted) if rows else 0
    if as_json:
        print_json({"requeued": sent})
    elif sent:
        click.echo(f"{count(sent, 'row')} put back; the next run sends again")
    else:
        click.echo("nothing is parked")


def _tell(rows: Sequence[Parked], *, as_json: bool) -> None:
    """What will be sent again: by CRM and kind, since when, and the first of them. On standard
    error, as scripts read what was done."""
    if as_json:
        return
    for name in dict.fromkeys(row["crm"] for row in rows):
        here = [row for row in rows if row["crm"] == name]
        told = by_kind(Counter(row["kind"] for row in here))
        oldest = min((row["since"] for row in here if row["since"]), default=None)
        since = f", the oldest since {minute(oldest)}" if oldest else ""
        click.echo(
            f"{name}: {count(len(here), 'parked row')} to send again: {told}{since}", err=True
        )
        for row in here[:SHOWN]:
            say(f"  {row['id'] or '-'}  {row['kind']}  {row['key']}: {row['sentence']}", err=True)
        if len(here) > SHOWN:
            more = f"  and {len(here) - SHOWN} more: `winback parked --crm {name}`"
            click.echo(more, err=True)


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
