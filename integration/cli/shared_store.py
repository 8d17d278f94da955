"""The store of the processes that share one: PostgreSQL, at the revision that they need."""

from __future__ import annotations

from contextlib import nullcontext

from sqlalchemy import Engine

from integration.cli.awaiting import Meanwhile, once_it_answers
from integration.cli.context import checked_url, database_url, refuse, shown_url
from integration.store.engine import connect, is_sqlite
from integration.store.migrated import is_behind, newest, stands_at

SILENT_WITHIN = 15.0


def shared_store(
    command: str,
    *,
    connections: int,
    patience: float = 30.0,
    statement_within: float | None = None,
    silent_within: float = SILENT_WITHIN,
    meanwhile: Meanwhile = nullcontext,
) -> Engine:
    """The store for one of several processes, waited for while it is away; else one sentence and
    exit code 2. A store that is newer than this program is fine: that is how a release finds the
    processes that still run. For `meanwhile` see `once_it_answers`."""
    refuse_sqlite(command)
    engine = connect(
        database_url(),
        connections=connections,
        patience=patience,
        statement_within=statement_within,
        silent_within=silent_within,
    )
    stands = once_it_answers(lambda: stands_at(engine), meanwhile)
    if is_behind(stands):
        at = "has no tables yet" if stands is None else f"is at revision {stands}"
        refuse(
            f"the store {shown_url()} {at}, this program needs {newest()}: run `winback db upgrade`"
        )
    return engine


def refuse_sqlite(command: str) -> None:
    checked_url()
    if is_sqlite(database_url()):
        refuse(
            f"`winback {command}` shares its store with other processes, which SQLite cannot do"
            f" (DATABASE_URL is {shown_url()}). Use `winback run`, which does the work of web,"
            " worker and clock in one process; or set DATABASE_URL to a PostgreSQL"
            " (`winback db move` takes this store there)."
        )
