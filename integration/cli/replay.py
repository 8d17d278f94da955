"""`winback replay FILE`: what a rule file would have made of the past, before it goes live."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from dateutil.relativedelta import relativedelta
from sqlalchemy import Connection, Engine

from integration.cli.context import database_url, guarded, instant, json_option, load_config, refuse
from integration.cli.progress import shown_progress
from integration.cli.replay_screen import print_replay
from integration.cli.rule_file import rule_file
from integration.cli.standing import existing_store
from integration.config import Config, ConfigFaults
from integration.plain_json import plain_json
from integration.published import config_of
from integration.replaying.differing import ranked
from integration.replaying.page import write_page
from integration.replaying.replay import Whole, replay
from integration.replaying.report import BLIND, File, side
from integration.replaying.unread import unread
from integration.replaying.worker import Job, Text, spelt, types_of
from integration.runtime import wall_clock
from integration.store import mirror, revisions, telling
from integration.store.engine import reading
from rules.calendar import today_in
from rules.model import Owner
from rules.replay import Window

PUBLISHED = "published"
PROCESSES = min(os.cpu_count() or 1, 4)


@click.command(
    "replay",
    epilog="Example: winback replay --months 12 new.toml --against published --html r.html",
)
@rule_file
@click.option(
    "--months", type=click.IntRange(1, 120), default=12, show_default=True, help="How far back."
)
@click.option(
    "--against",
    metavar="RULES",
    help='Show what differs: "published" for the rules in force, a revision\'s number, or a file.',
)
@click.option("--html", type=click.Path(dir_okay=False, writable=True), help="Also as a page.")
@click.option("--as-of", "as_of", help="The day that counts as today.")
@click.option("--processes", type=click.IntRange(1, 64), default=PROCESSES, hidden=True)
@json_option
@guarded
def replay_command(
    file: str,
    months: int,
    against: str | None,
    html: str | None,
    as_of: str | None,
    processes: int,
    as_json: bool,
) -> None:
    """Play the rule FILE through the past months: which losses it would have found, which tasks
    it would have made, and for whom.

    The history is what the store has read of the CRMs so far. Nothing is written, neither there
    nor in a CRM, and no CRM is asked.
    """
    config = load_config(file)
    today = today_in(config.ruleset.company.timezone, instant(as_of) or wall_clock())
    window = Window(today - relativedelta(months=months), today)
    with existing_store() as engine:
        other = _against(against, engine) if against else None
        found, whole = _replayed(config, other, window, engine, processes)
    report = {"as_of": today.isoformat(), "months": months, **found}
    with closing(whole.differences):
        if html:
            write_page(Path(html), report, whole.differences)
        if as_json:
            _print_json(report, whole)
        else:
            print_replay(report, whole.differences)
            if html:
                click.echo(f"The whole of it: {html}")


def _replayed(
    config: Config, other: Config | None, window: Window, engine: Engine, processes: int
) -> tuple[dict[str, Any], Whole]:
    configs = [config, other] if other else [config]
    with reading(engine) as connection:
        known = telling.names(connection)
        crms = [name for name in config.crms if name in known]
        people = _people(connection, crms)
        notes = [
            sentence
            for name in crms
            for sentence in unread(connection, name, spelt(config)[name], types_of(config, name))
        ]
    notes += [f"{name}: nothing was read of it yet." for name in config.crms if name not in known]
    if not crms:
        refuse("the store knows none of the CRMs of this file: run `winback once` first")
    job = Job(database_url(), window, *(Text(str(one.path), one.text) for one in configs))
    with shown_progress() as progress:
        whole = replay(job, engine, crms, progress, processes)
    sides = [
        side(File(str(one.path), one.ruleset, counts), people, window)
        for one, counts in zip(configs, whole.counts, strict=True)
    ]
    return {
        "from": window.starts_on.isoformat(),
        "to": window.ends_on.isoformat(),
        "crms": crms,
        "customers": whole.customers,
        "failed": whole.failed,
        "new": sides[0],
        "against": sides[1] if other else None,
        "differing": len(whole.differences),
        "differing_by_kind": ranked(whole.differences.by_kind),
        "not_known": [*notes, *BLIND],
    }, whole


def _people(connection: Connection, crms: list[str]) -> Mapping[tuple[str, str], Owner]:
    return {
        (name, owner.id): owner
        for name in crms
        for owner in mirror.owners(connection, name).values()
    }


def _against(named: str, engine: Engine) -> Config:
    """The rules in force, those of a revision, or those of a file."""
    if named != PUBLISHED and not named.isdecimal():
        return load_config(named)
    with reading(engine) as connection:
        past = revisions.history(connection)
    wanted = past[-1:] if named == PUBLISHED else [r for r in past if r.number == int(named)]
    if not wanted:
        refuse(
            "no rules are in force yet: leave --against out"
            if named == PUBLISHED
            else f"there is no revision {named}; `winback revisions` lists them"
        )
    try:
        return config_of(wanted[-1], os.environ)
    except ConfigFaults as refused:
        for fault in refused.faults:
            click.echo(str(fault), err=True)
        refuse(f"revision {wanted[-1].number} is not taken by this version any more")


def _print_json(report: Mapping[str, Any], whole: Whole) -> None:
    """The differences come one by one: there may be more of them than fit in memory."""
    head = plain_json(report)
    sys.stdout.write(head.removesuffix("}") + ', "differences": [')
    for number, one in enumerate(whole.differences):
        sys.stdout.write((", " if number else "") + plain_json(one))
    sys.stdout.write("]}\n")
