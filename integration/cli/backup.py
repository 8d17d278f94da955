"""`winback backup FILE` and `winback restore FILE`: the whole store, into a file and back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from integration.cli.agreeing import agree, yes_option
from integration.cli.context import (
    checked_url,
    database_url,
    guarded,
    json_option,
    print_json,
    refuse,
    shown_url,
)
from integration.cli.progress import shown_progress
from integration.cli.standing import existing_store
from integration.runtime import Progress, wall_clock
from integration.spoken import count, minute
from integration.store import backups
from integration.store.backups import Backup, BadBackup
from integration.store.engine import connect, driver_url, is_sqlite, reading
from integration.store.locks import only_process
from integration.store.moving import CountsDiffer, NotEmpty, counts


@click.command("backup", epilog="Example: winback backup winback-2026-11-22.backup")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@yes_option
@json_option
@guarded
def backup_command(file: Path, yes: bool, as_json: bool) -> None:
    """Write the whole store to FILE, as it is at one moment; winback may go on working.

    The store itself is only read. FILE has everything in it: customers, what was said of them, and
    the rules (secrets are not stored). Only you may read it; keep it as safely as the database.
    """
    if not file.absolute().parent.is_dir():
        refuse(f"there is no folder {file.absolute().parent}")
    with existing_store(to_copy=True) as engine:
        with reading(engine) as connection:
            rows = sum(counts(connection).values())
        if file.exists():
            agree(f"{file} is there already. Replace it?", yes=yes, as_json=as_json)
        click.echo(f"Copying {count(rows, 'row')} from {shown_url()} to {file}.", err=True)
        with _told(), shown_progress() as progress:
            steps = _Steps(progress)
            backup = backups.write(
                engine,
                file,
                taken_at=wall_clock(),
                store=shown_url(),
                copied=steps.copied,
                checked=steps.checked,
            )
    if as_json:
        print_json({"file": str(file), **_as_json(backup)})
    else:
        click.echo(f"{file}: {_told_rows(backup.counts)}, checked")


@click.command("restore", epilog="Example: winback restore winback-2026-11-22.backup")
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@yes_option
@json_option
@guarded
def restore_command(file: Path, yes: bool, as_json: bool) -> None:
    """Put the backup FILE into the store of DATABASE_URL, which has to be empty: whole or not at
    all. A backup of SQLite may go into PostgreSQL, and the other way round.

    What winback did in the CRM since the backup was taken is recognised, not done again.
    """
    checked_url()
    with _told():
        backup = backups.look_at(file)
        if not as_json:
            for line in _what_it_touches(file, backup):
                click.echo(line)
        agree("Restore it?", yes=yes, as_json=as_json)
        with _target() as engine, shown_progress() as progress:
            steps = _Steps(progress)
            rows = backups.restore(
                file, engine, now=wall_clock(), copied=steps.copied, checked=steps.checked
            )
    if as_json:
        print_json({"store": shown_url(), **_as_json(backup), "rows": rows})
        return
    click.echo(f"{shown_url()}: {_told_rows(rows)}, as in the backup")
    click.echo("Before you start winback, see to what happened since the backup was taken:")
    click.echo("  who asked to be forgotten since:   winback forget CONTACT_ID, once more")
    click.echo("  rules that were published since:   winback publish FILE, once more")
    click.echo("  what was paused or let go since:   winback status shows how each CRM stands")


def _what_it_touches(file: Path, backup: Backup) -> Iterator[str]:
    yield f"{file}: a backup of {backup.store}, taken on {minute(backup.taken_at)}"
    yield f"  what it holds: {_told_rows(backup.counts)}, revision {backup.revision}"
    yield f"  where it goes: {shown_url()}, which has to be empty"
    yield "  Nothing else is touched, and no CRM is called."


def _told_rows(rows: Mapping[str, int]) -> str:
    return f"{count(sum(rows.values()), 'row')} in {len(rows)} tables"


@dataclass(frozen=True, slots=True)
class _Steps:
    """Two bars for each table: one fills as it is copied, one as it is checked."""

    progress: Progress

    def copied(self, table: str, done: int, of: int) -> None:
        self.progress.step("copy", table, done, of)

    def checked(self, table: str, done: int, of: int) -> None:
        self.progress.step("check", table, done, of)


@contextmanager
def _target() -> Iterator[Engine]:
    """The store to fill, for this process alone. A file that was made for it goes again if it is
    not filled."""
    made = _made_file()
    engine = connect(database_url())
    try:
        with only_process(database_url(), engine):
            yield engine
    except BaseException:
        engine.dispose()
        if made is not None:
            for part in made.parent.glob(f"{made.name}*"):
                part.unlink()
        raise
    engine.dispose()


def _made_file() -> Path | None:
    """A new SQLite file, which nobody else may read; None where there is one, or on PostgreSQL."""
    name = make_url(driver_url(database_url())).database
    if not is_sqlite(database_url()) or not name:
        return None
    try:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return None
    return Path(name)


@contextmanager
def _told() -> Iterator[None]:
    """What can go wrong with a file or a store, as one sentence."""
    try:
        yield
    except BadBackup as reason:
        refuse(str(reason))
    except NotEmpty as reason:
        refuse(f"{shown_url()} {reason}")
    except CountsDiffer as fault:
        refuse(f"{fault}; nothing was kept of it", code=1)
    except OSError as error:
        refuse(f"{error.filename or 'the file'}: {error.strerror or error}")


def _as_json(backup: Backup) -> dict[str, object]:
    return {
        "taken_at": backup.taken_at,
        "from": backup.store,
        "revision": backup.revision,
        "tables": backup.counts,
    }
