"""`winback run`: the whole product in one process, until it is told to end."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import click
from flask import Blueprint
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from integration.assembly import assemble
from integration.cli.awaiting import once_it_answers
from integration.cli.context import (
    checked_url,
    config_option,
    database_url,
    guarded,
    load_config,
    load_in_force,
    open_store,
    print_json,
)
from integration.cli.ending import end_on_signals, leave_at_once
from integration.cli.listening import refused_places, wanted_place
from integration.cli.logged import log_for, log_format_option
from integration.config import Config
from integration.engine.door import Wake
from integration.engine.embedded import Embedded
from integration.engine.progress import LoggedProgress
from integration.garbage import all_is_up
from integration.runtime import Runtime
from integration.scheduler import periodic_table
from integration.store import pulse
from integration.store.engine import is_sqlite
from integration.store.locks import only_process
from integration.web.app import create_app
from integration.web.channels import channels
from integration.web.health import Watched
from integration.web.serving import Place, Server
from integration.web.storing import Inbox, storing
from integration.web.webhooks import Intake, hooks

STOP_WITHIN = 18.0
"""Seconds for the batches under way; with 5 for requests under way we end inside the 25 s that
our hosts give."""

log = logging.getLogger(__name__)


@click.command("run")
@config_option
@click.option("--port", type=click.IntRange(0, 65535), help="Web port; 0 takes any free one.")
@click.option("--host", help="Address to listen on; loopback unless a platform sets PORT.")
@click.option(
    "--stop-within",
    type=click.FloatRange(min=0),
    default=STOP_WITHIN,
    show_default=True,
    metavar="SECONDS",
    help="What a batch under way gets at the end, for hosts that kill sooner.",
)
@log_format_option
@guarded
def run_command(
    config_path: str,
    port: int | None,
    host: str | None,
    stop_within: float,
    log_format: Literal["json", "text"] | None,
) -> None:
    """Watch the CRMs, work, and answer on HTTP, until SIGTERM or Ctrl-C."""
    end_on_signals()
    config = load_config(config_path)
    where = wanted_place(host, port)
    log_for(config, log_format)
    engine = _store()
    config = load_in_force(config, engine)
    log_for(config, log_format)  # whose secrets may be others
    with _alone(engine):
        runtime = assemble(config, os.environ, engine, progress=LoggedProgress())
        all_is_up()
        if not _serve(config, runtime, where, stop_within):
            leave_at_once(
                "a batch was still under way: its rows will be read back at the next start"
            )
    engine.dispose()


def _serve(config: Config, runtime: Runtime, where: Place, stop_within: float) -> bool:
    """All parts, up and down again; False when a batch was still under way at the end."""
    rounds = Embedded(runtime)
    open_channels = channels(config, os.environ, runtime)
    deliveries = storing(Inbox(runtime.engine, rounds, runtime.wall))
    server = _listening(runtime, where, hooks(Intake(open_channels, deliveries, runtime.wall)))
    scheduler = periodic_table(
        rounds,
        {name: config.crms[name].poll_every for name in runtime.crms},
        lambda: pulse.tick(runtime.engine, runtime.wall()),
    )
    try:
        rounds.start()
        scheduler.start()
        for crm in runtime.crms:
            rounds.wake(crm, Wake.POLL)
        print_json({"ready": True, "url": server.url})
        sys.stdout.flush()
        log.info("ready")
        server.serve()
    except SystemExit:
        log.info("told to end while starting")
    finally:
        began = time.monotonic()
        server.close()
        deliveries.close()
        if scheduler.running:
            scheduler.shutdown(wait=False)
        ended = rounds.stop(stop_within)
        log.info("ended, %.1f s after the last request", time.monotonic() - began)
    return ended


def _listening(runtime: Runtime, where: Place, doors: Blueprint | None = None) -> Server:
    watched = Watched(runtime.engine, tuple(runtime.crms))
    with refused_places(where):
        return Server(create_app(watched, doors), where)


def _store() -> Engine:
    checked_url()
    return open_store() if is_sqlite(database_url()) else once_it_answers(open_store)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """The store for this process alone. A database that is away at the end takes nothing back:
    the lock has fallen with its connection."""
    holding = only_process(database_url(), engine)
    holding.__enter__()
    try:
        yield
    finally:
        try:
            holding.__exit__(None, None, None)
        except SQLAlchemyError as error:
            log.warning("the database is away at the end (%s)", type(error).__name__)
