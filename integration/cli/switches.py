"""`winback dry-run` and `winback pilot`: one CRM narrowed at once, without a publish.

Processes that run take a switch over before their next round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import click
from sqlalchemy import Connection

from integration.cli.context import config_option, guarded, refuse
from integration.cli.standing import (
    chosen,
    existing_store,
    known_names,
    optional_config,
    say_what_waits,
)
from integration.config import Config
from integration.spoken import count
from integration.store import mirror, switches
from integration.store.engine import begin
from integration.store.switches import Switches
from rules.model import Owner
from rules.people import Person
from rules.pilot import is_in, limits_writing
from rules.ruleset import Pilot
from rules.suggest import did_you_mean

off_option = click.option("--off", is_flag=True, help="As the rule file says again.")


@click.command("dry-run", epilog="Example: winback dry-run sales")
@click.argument("crm", metavar="CRM")
@off_option
@config_option
@guarded
def dry_run_command(crm: str, off: bool, config_path: str) -> None:
    """Write nothing into a CRM from now on; it is read and decided as ever.

    What waits to be written is held. With --off it goes, and what changed meanwhile is decided.
    """
    config = optional_config(config_path)
    with existing_store() as engine, begin(engine) as connection:
        chosen(known_names(connection, config_path), crm)
        now = switches.read(connection, crm)
        if now.dry_run is off:
            say_what_waits(connection, crm, "let go" if off else "held from now on")
        switches.write(connection, crm, replace(now, dry_run=not off))
    if not off:
        click.echo(f"{crm}: dry run; nothing is written until `winback dry-run {crm} --off`")
    elif config is not None and crm in config.crms and config.crms[crm].dry_run:
        click.echo(f"{crm}: still dry run: the rule file says so ([crm.{crm}] dry_run)")
    elif now.dry_run:
        click.echo(f"{crm}: what was held goes with the next round")
    else:
        click.echo(f"{crm}: was not switched to dry run")


@click.command("pilot", epilog="Example: winback pilot sales --owner ann@acme.example")
@click.argument("crm", metavar="CRM")
@click.option("--owner", "owners", multiple=True, metavar="EMAIL", help="Somebody who is in.")
@click.option("--team", "teams", multiple=True, metavar="NAME", help="A team that is in.")
@off_option
@config_option
@guarded
def pilot_command(
    crm: str, owners: tuple[str, ...], teams: tuple[str, ...], off: bool, config_path: str
) -> None:
    """Write for these owners and teams only; what is for others is held.

    Where the rule file has a [pilot] too, one has to be in both. Tasks that stand in the CRM
    already are looked after, whoever owns them.
    """
    if off == bool(owners or teams):
        refuse("say who is in, with --owner and --team, or end the pilot with --off")
    config = optional_config(config_path)
    wanted = None if off else Pilot(only_owners=owners, only_teams=teams)
    with existing_store() as engine, begin(engine) as connection:
        chosen(known_names(connection, config_path), crm)
        told = "" if wanted is None else _who(connection, crm, wanted, config)
        before = switches.read(connection, crm)
        if before.pilot != wanted:
            said = "let go, whoever it is for" if off else "held where it is for others"
            say_what_waits(connection, crm, said)
        switches.write(connection, crm, Switches(before.dry_run, wanted))
    if wanted is not None:
        click.echo(f"{crm}: pilot{told}; what is for others waits")
    elif before.pilot is None:
        click.echo(f"{crm}: no pilot was switched on")
    elif config is not None and limits_writing(config.ruleset.pilot):
        click.echo(f"{crm}: as the [pilot] of the rule file says again")
    else:
        click.echo(f"{crm}: for everybody again; what was held goes with the next round")


def _who(connection: Connection, crm: str, pilot: Pilot, config: Config | None) -> str:
    """How many that is; a name that nobody in the CRM has ends the command."""
    users = list(mirror.owners(connection, crm).values())
    if not users:
        return ""
    people = config.ruleset.people if config is not None else ()
    _refuse_unknown(pilot.only_owners, [user.email for user in users], "user")
    _refuse_unknown(pilot.only_teams, _teams(users, people), "team")
    return (
        f" for {sum(is_in(pilot, people, user) for user in users)} of {count(len(users), 'user')}"
    )


def _teams(users: Iterable[Owner], people: Iterable[Person]) -> list[str]:
    return [team for user in users for team in user.teams] + [
        one.team for one in people if one.team
    ]


def _refuse_unknown(given: Sequence[str], known: Sequence[str], what: str) -> None:
    there = {one.strip().casefold() for one in known}
    for one in given:
        if one.strip().casefold() not in there:
            near = did_you_mean(one, sorted(set(filter(None, known))))
            refuse(f'no {what} of this CRM is known as "{one}"{f"; {near}" if near else ""}')
