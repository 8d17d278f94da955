"""What stands already: the store as it is, the rule file where there is one, CRMs by name.

Commands that look or steer never make a store: a mistyped `DATABASE_URL` is told, not filled.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from click.core import ParameterSource
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from connectors.base import PushKind
from integration.cli.context import (
    checked_url,
    database_url,
    load_config,
    refuse,
    shown_url,
)
from integration.config import Config, ConfigFaults, read_config
from integration.spoken import count
from integration.store import outbox, telling
from integration.store.engine import connect, driver_url
from integration.store.migrated import is_ahead, is_behind, newest, stands_at
from rules.suggest import did_you_mean

crm_option = click.option("--crm", metavar="NAME", help="This CRM alone; without it all of them.")


_KINDS = {
    PushKind.TASK_CREATE: ("new task", "new tasks"),
    PushKind.TASK_UPDATE: ("task to change", "tasks to change"),
    PushKind.TASK_CLOSE: ("task to close", "tasks to close"),
    PushKind.FIELD: ("record's fields", "records' fields"),
}


@contextmanager
def existing_store(*, to_copy: bool = False) -> Iterator[Engine]:
    """The store, which has to be there with all that this program needs, and `to_copy` with
    nothing that it does not know; else one sentence and exit code 2."""
    checked_url()
    file = make_url(driver_url(database_url())).database
    if database_url().startswith("sqlite") and not (file and Path(file).is_file()):
        refuse(
            f"there is no store at {shown_url()} yet: `winback once` makes it;"
            " if it is elsewhere, say so in DATABASE_URL"
        )
    engine = connect(database_url())
    try:
        stands = stands_at(engine)
        _refuse_old(stands)
        if to_copy:
            _refuse_newer(stands)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def store_if_any() -> Iterator[Engine | None]:
    """The store with all that this program needs; None where there is none, it is an older one, or
    away."""
    engine = _engine_if_any()
    try:
        yield engine if engine is not None and _is_whole(engine) else None
    finally:
        if engine is not None:
            engine.dispose()


def _engine_if_any() -> Engine | None:
    try:
        url = make_url(driver_url(database_url()))
        file = url.database if url.get_backend_name() == "sqlite" else None
        if file is not None and not Path(file).is_file():
            return None
        return connect(database_url())
    except (ArgumentError, ValueError, SQLAlchemyError):
        return None


def _is_whole(engine: Engine) -> bool:
    try:
        return not is_behind(stands_at(engine))
    except SQLAlchemyError:
        return False


def _refuse_old(stands: str | None) -> None:
    if stands is None:
        refuse(f"the store {shown_url()} has no tables yet: run `winback db upgrade`")
    if is_behind(stands):
        refuse(
            f"the store {shown_url()} is at revision {stands}, this program needs {newest()}:"
            " run `winback db upgrade`"
        )


def _refuse_newer(stands: str | None) -> None:
    if is_ahead(stands):
        refuse(
            f"the store {shown_url()} is at revision {stands} of a newer winback, and this one"
            f" knows its tables up to {newest()} only: a copy would not be whole; use the newer one"
        )


def optional_config(path: str) -> Config | None:
    """The rule file where there is one. One that was asked for by name has to be fine; one that
    only happens to lie there has to be fine or is left out with a line on standard error."""
    source = click.get_current_context().get_parameter_source("config_path")
    if source is not ParameterSource.DEFAULT:
        return load_config(path)
    if not Path(path).is_file():
        return None
    try:
        return read_config(path, os.environ)
    except ConfigFaults as refused:
        faults = len(refused.faults)
        click.echo(f"{path} is left out, it has faults ({faults}): winback check {path}", err=True)
        return None


def known_names(connection: Connection, config_path: str) -> list[str]:
    """The CRMs that the store was in contact with, and those that the rule file names."""
    config = optional_config(config_path)
    return list(dict.fromkeys([*telling.names(connection), *(config.crms if config else ())]))


def by_kind(numbers: Mapping[str, int]) -> str:
    """`9 new tasks, 6 records' fields`."""
    told = (count(numbers[kind], *words) for kind, words in _KINDS.items() if numbers.get(kind))
    return ", ".join(told)


def say_what_waits(connection: Connection, crm: str, what_becomes: str) -> None:
    """What a switch will touch: the changes that are to be written into a CRM."""
    tally = outbox.tally(connection, crm).items()
    waiting = sum(number for (_, state, _), number in tally if state in outbox.WAITING)
    if waiting:
        click.echo(
            f"{crm}: {count(waiting, 'change')} still to be written: {what_becomes}",
            err=True,
        )


def chosen(names: Iterable[str], wanted: str | None) -> Sequence[str]:
    """All of `names`, or the wanted one; a name that nobody knows ends in exit code 2."""
    known = list(dict.fromkeys(names))
    if wanted is None:
        return known
    if wanted not in known:
        near = did_you_mean(wanted, known) or "none is known yet"
        refuse(f'no CRM is called "{wanted}"; {near}')
    return [wanted]
