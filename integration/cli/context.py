"""What every command needs: the file, the store, and faults told the same way."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from connectors.errors import CredentialsRefused, CrmError, Throttled, Unavailable
from integration.cli.saying import say
from integration.config import Config, ConfigFaults, SecretMissing, read_config
from integration.plain_json import plain_json
from integration.published import in_force
from integration.store.away import DatabaseRefuses, is_unreached, no_file_of_ours, why_away
from integration.store.engine import DEFAULT_URL, InUse, connect, driver_url, upgrade
from integration.store.locks import Busy
from integration.store.migrated import stands

INTERNAL, REFUSED, CRM = 1, 2, 3

NO_FILE = (None, "", ":memory:")
"""What SQLite takes for a database that is gone when its process ends."""

P = ParamSpec("P")
R = TypeVar("R")

config_option = click.option(
    "--config",
    "config_path",
    envvar="WINBACK_CONFIG",
    default="config.toml",
    show_default=True,
    type=click.Path(),
    help="The rule file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="JSON on standard output.")


def database_url() -> str:
    return os.environ.get("DATABASE_URL") or DEFAULT_URL


def shown_url() -> str:
    """The store's address without its password."""
    return make_url(database_url()).render_as_string(hide_password=True)


def checked_url() -> None:
    """Refuse a `DATABASE_URL` that no database could be behind."""
    try:
        url = make_url(driver_url(database_url()))
    except (ArgumentError, ValueError):
        url = None
    if url is not None and url.get_backend_name() == "postgresql":
        return
    if url is None or url.get_backend_name() != "sqlite" or url.database in NO_FILE:
        refuse(
            "DATABASE_URL is no address of a store;"
            " write sqlite:///winback.db or postgresql://user:password@host/name"
        )
    folder = Path(url.database or "").absolute().parent
    if not folder.is_dir():
        refuse(
            f"there is no folder {folder} for the store {shown_url()}: make it, or set"
            " DATABASE_URL right"
        )


def open_store() -> Engine:
    """The store, brought to the newest revision."""
    checked_url()
    url = database_url()
    if not stands(url):
        upgrade(url)
    return connect(url)


def load_config(path: str) -> Config:
    """The file; with faults the command ends with all of them and exit code 2."""
    try:
        return read_config(path, os.environ)
    except ConfigFaults as refused:
        for fault in refused.faults:
            click.echo(str(fault), err=True)
        raise SystemExit(REFUSED) from None


def load_in_force(file: Config, engine: Engine) -> Config:
    """The rules to work by: the published revision once there is one, else the file."""
    try:
        found, sentence = in_force(file, engine, os.environ)
    except ConfigFaults as refused:
        for fault in refused.faults:
            click.echo(str(fault), err=True)
        raise SystemExit(REFUSED) from None
    if sentence:
        click.echo(sentence, err=True)
    return found


def refuse(sentence: str, code: int = REFUSED) -> NoReturn:
    """End with one sentence on standard error."""
    say(sentence, err=True)
    raise SystemExit(code)


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """A command whose known faults end in one sentence and the right exit code."""

    @wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (SecretMissing, Busy, InUse) as reason:
            refuse(str(reason))
        except (Unavailable, Throttled, CredentialsRefused) as error:
            refuse(str(error), CRM)
        except CrmError as error:
            refuse(str(error), INTERNAL)
        except (DatabaseRefuses, SQLAlchemyError) as error:
            refuse_database(error, shown_url(), "DATABASE_URL")

    return inner


def refuse_database(
    error: DatabaseRefuses | SQLAlchemyError, shown: str, variable: str
) -> NoReturn:
    """End with a sentence about the database at an address, which `variable` names."""
    try:
        if isinstance(error, DatabaseRefuses):
            raise error
        if isinstance(error, DBAPIError) and (why := no_file_of_ours(error)):
            refuse(f"{shown} {why}. Set {variable} right")
        if not (isinstance(error, DBAPIError) and is_unreached(error)):
            refuse(f"the store failed: {str(error).splitlines()[0]}", INTERNAL)
        refuse(f"the database {shown} is away: {why_away(error)}", INTERNAL)
    except DatabaseRefuses as reason:
        refuse(f"the database {shown} refuses us: {reason}. Set {variable} right")


def instant(text: str | None) -> datetime | None:
    """`--as-of`: a date or an instant; without a zone it is UTC."""
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"--as-of {text}: neither a date nor an instant; write 2026-11-21 or add a time")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def print_json(value: Any) -> None:
    sys.stdout.write(plain_json(value, _as_json) + "\n")


def _as_json(value: object) -> str:
    """Days and instants as all of our JSON writes them: 2026-11-22T10:00:00+00:00."""
    return value.isoformat() if isinstance(value, date) else str(value)
