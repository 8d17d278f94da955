"""`winback pause`, `resume` and `resume-held`: a person stops a CRM and lets go again."""

from __future__ import annotations

from collections.abc import Iterator

import click
from sqlalchemy import Connection

from integration.cli.agreeing import agree_on_a_terminal, yes_option
from integration.cli.context import config_option, guarded, json_option, print_json
from integration.cli.saying import say
from integration.cli.standing import (
    by_kind,
    chosen,
    crm_option,
    existing_store,
    known_names,
    say_what_waits,
)
from integration.runtime import wall_clock
from integration.spoken import count, minute
from integration.store import crms, outbox, telling
from integration.store.engine import begin, reading

SHOWN = 3


@click.command("resume-held", epilog="Example: winback resume-held --crm sales")
@config_option
@crm_option
@yes_option
@json_option
@guarded
def resume_held_command(config_path: str, crm: str | None, yes: bool, as_json: bool) -> None:
    """Let go what the storm brake holds; the next run writes it.

    It says first what that is, and asks where it is called on a terminal. Each rep's budget of the
    day still applies.
    """
    with existing_store() as engine:
        with reading(engine) as connection:
            names = chosen(known_names(connection, config_path), crm)
            told = [line for name in names for line in _held(connection, name)]
        if told and not as_json:
            for line in told:
                say(line, err=True)  # scripts read what was done
            agree_on_a_terminal("Let it go?", yes=yes)
        with begin(engine) as connection:
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


def _held(connection: Connection, name: str) -> Iterator[str]:
    """What the brake holds, by kind, since when, and the first of it."""
    rows = outbox.tally(connection, name).items()
    kinds = {kind: n for (kind, _, by), n in rows if by == telling.STORM}
    if not kinds:
        return
    customers = count(telling.held_customers(connection, name), "customer")
    since = crms.state(connection, name).storm_since
    yield (
        f"{name}: {count(sum(kinds.values()), 'change')} held for {customers}: {by_kind(kinds)}"
        + (f", since {minute(since)}" if since else "")
    )
    first = outbox.subjects_held(connection, name, telling.STORM, SHOWN)
    yield from (f"  {subject}" for subject in first)
    more = kinds.get("task_create", 0) - len(first)
    if more > 0:
        yield f"  and {count(more, 'more task', 'more tasks')}"


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
        if before is not paused:
            say_what_waits(connection, crm, "kept waiting" if paused else "let go on")
        crms.change(connection, crm, paused=paused)
    return before is not paused
