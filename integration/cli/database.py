"""`winback db`: the store's tables."""

from __future__ import annotations

import click

from integration.cli.context import database_url, guarded, json_option, print_json
from integration.cli.standing import checked_url, shown_url
from integration.store.engine import connect, upgrade
from integration.store.migrated import stands_at


@click.group("db")
def db_command() -> None:
    """The store's tables."""


@db_command.command("upgrade", epilog="Example: DATABASE_URL=postgresql://... winback db upgrade")
@json_option
@guarded
def upgrade_command(as_json: bool) -> None:
    """Bring the store of DATABASE_URL to the newest revision; makes it where there is none."""
    checked_url()
    before = _stands()
    upgrade(database_url())
    after = _stands()
    if as_json:
        print_json({"store": shown_url(), "from": before, "to": after})
    elif before == after:
        click.echo(f"{shown_url()}: at revision {after} already")
    else:
        click.echo(f"{shown_url()}: from {before or 'nothing'} to revision {after}")


def _stands() -> str | None:
    engine = connect(database_url())
    try:
        return stands_at(engine)
    finally:
        engine.dispose()
