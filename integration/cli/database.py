"""`winback db`: the store's tables."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from integration.cli.context import (
    checked_url,
    database_url,
    guarded,
    json_option,
    print_json,
    refuse,
    refuse_database,
    shown_url,
)
from integration.cli.progress import shown_progress
from integration.cli.standing import existing_store
from integration.spoken import count
from integration.store.away import DatabaseRefuses
from integration.store.engine import connect, driver_url, is_sqlite, reading, upgrade
from integration.store.locks import only_process
from integration.store.migrated import is_ahead, is_behind, newest, stands_at
from integration.store.moving import CountsDiffer, NotEmpty, copy, counts, empty_store


@click.group("db")
def db_command() -> None:
    """The store's tables."""


@db_command.command("upgrade", epilog="Example: DATABASE_URL=postgresql://... winback db upgrade")
@json_option
@guarded
def upgrade_command(as_json: bool) -> None:
    """Bring the store of DATABASE_URL to the newest revision; makes it where there is none. The
    store of a newer winback stays as it is: this one works with it."""
    checked_url()
    before = _stands()
    if is_behind(before):
        to = f"from {before or 'nothing'} to revision {newest()}"
        if not as_json:
            click.echo(f"Bringing {shown_url()} {to}.", err=True)
        upgrade(database_url())
    after = _stands()
    if as_json:
        print_json({"store": shown_url(), "from": before, "to": after})
    elif is_ahead(after):
        click.echo(
            f"{shown_url()}: at revision {after} of a newer winback, which leaves this one what it"
            " needs; nothing to do"
        )
    elif before == after:
        click.echo(f"{shown_url()}: at revision {after} already")
    else:
        click.echo(f"{shown_url()}: from {before or 'nothing'} to revision {after}")


@db_command.command(
    "move", epilog="Example: WINBACK_MOVE_TO=postgresql://user:password@host/name winback db move"
)
@click.option(
    "--to",
    "target_url",
    required=True,
    envvar="WINBACK_MOVE_TO",
    metavar="URL",
    help="A PostgreSQL without a store in it. Give it as WINBACK_MOVE_TO: whoever may list this"
    " machine's processes sees their arguments.",
)
@json_option
@guarded
def move_command(target_url: str, as_json: bool) -> None:
    """Copy the SQLite store of DATABASE_URL to PostgreSQL, whole or not at all. The file stays as
    it is, and nothing may work on it meanwhile."""
    _refuse_other_ways(target_url)
    parsed = make_url(driver_url(target_url)).set(drivername="postgresql")
    shown = parsed.render_as_string(hide_password=True)
    with existing_store(to_copy=True) as source, only_process(database_url(), source):
        target = connect(target_url, connections=1)
        try:
            _reach(target, shown)
            rows = _move(source, target, shown)
        except NotEmpty as reason:
            refuse(f"{shown} {reason}")
        except CountsDiffer as fault:
            refuse(f"{fault}; nothing was kept of it", code=1)
        finally:
            target.dispose()
    if as_json:
        print_json({"from": shown_url(), "to": shown, "rows": rows})
        return
    total = count(sum(rows.values()), "row")
    click.echo(f"{total} of {len(rows)} tables stand in both stores now.")
    click.echo("Set DATABASE_URL to the new one, then start web, worker and clock.")


def _refuse_other_ways(target_url: str) -> None:
    if not is_sqlite(database_url()):
        refuse(f"only a SQLite store is moved, and DATABASE_URL is {shown_url()}")
    try:
        wrong = is_sqlite(target_url) or make_url(driver_url(target_url)).database is None
    except (ArgumentError, ValueError):  # it quotes what stands where the port should
        wrong = True
    if wrong:
        refuse("--to is no address of a PostgreSQL; write postgresql://user:password@host/name")


def _reach(target: Engine, shown: str) -> None:
    """Before anything is said or done; the command's own faults are those of DATABASE_URL."""
    try:
        with reading(target):
            pass
    except (DatabaseRefuses, SQLAlchemyError) as error:
        refuse_database(error, shown, "WINBACK_MOVE_TO")


def _move(source: Engine, target: Engine, shown: str) -> dict[str, int]:
    with reading(source) as from_, empty_store(target) as to, shown_progress() as progress:
        rows = count(sum(counts(from_).values()), "row")
        click.echo(f"Copying {rows} from {shown_url()} to {shown}.", err=True)
        return copy(from_, to, lambda table, done, of: progress.step("copy", table, done, of))


def _stands() -> str | None:
    """None where there is no store; asking makes none."""
    file = make_url(driver_url(database_url())).database
    if is_sqlite(database_url()) and not (file and Path(file).is_file()):
        return None
    engine = connect(database_url())
    try:
        return stands_at(engine)
    finally:
        engine.dispose()
