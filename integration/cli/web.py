"""`winback web`: takes what CRMs push, and answers about health, where workers do the work."""

from __future__ import annotations

import logging
import os
import sys
from typing import Literal

import click
from flask import Flask

from integration.assembly import assemble
from integration.cli.awaiting import once_it_answers
from integration.cli.context import (
    config_option,
    guarded,
    load_config,
    load_in_force,
    print_json,
)
from integration.cli.ending import end_on_signals
from integration.cli.listening import refused_places, wanted_place
from integration.cli.logged import log_for, log_format_option
from integration.cli.shared_store import refuse_sqlite, shared_store
from integration.config import Config
from integration.engine.queued import Queued
from integration.garbage import all_is_up
from integration.runtime import wall_clock
from integration.web.app import create_app
from integration.web.channels import channels
from integration.web.closed import answering
from integration.web.gunicorn_server import WebServer
from integration.web.health import Watched, workers_of_queue
from integration.web.serving import listen
from integration.web.storing import Inbox, storing
from integration.web.webhooks import Intake, hooks

CONNECTIONS = 3  # of all processes of one `winback web`; a delivery needs one for milliseconds
THREADS = 8
CONNECTION_WITHIN, STATEMENT_WITHIN = 4.0, 15.0
"""Seconds for which a slow database may keep a thread, with 5 to connect anew; whoever asks is
answered before (`storing`, `patient`)."""

log = logging.getLogger(__name__)


@click.command("web", epilog="Example: winback web --port 8350")
@config_option
@click.option("--port", type=click.IntRange(0, 65535), help="Web port; 0 takes any free one.")
@click.option("--host", help="Address to listen on; loopback unless a platform sets PORT.")
@click.option(
    "--processes",
    type=click.IntRange(1, CONNECTIONS),
    default=1,
    show_default=True,
    help=f"They share {CONNECTIONS} connections to the database.",
)
@log_format_option
@guarded
def web_command(
    config_path: str,
    port: int | None,
    host: str | None,
    processes: int,
    log_format: Literal["json", "text"] | None,
) -> None:
    """Store what CRMs push and queue the work, until SIGTERM."""
    end_on_signals()  # until the server looks after them itself
    refuse_sqlite("web")
    config = load_config(config_path)
    where = wanted_place(host, port)
    log_for(config, log_format)
    with refused_places(where):
        listener = listen(where)
    shared_store("web", connections=1, meanwhile=lambda: answering(listener)).dispose()
    server = WebServer(
        lambda: once_it_answers(lambda: web_app(config, CONNECTIONS // processes)),
        listener,
        processes=processes,
        threads=THREADS,
        when_ready=_tell,
        at_end=lambda: log.info("ended"),
    )
    server.run()


def web_app(config: Config, connections: int) -> Flask:
    """One process's app over the shared store. It makes no call to a CRM."""
    engine = shared_store(
        "web",
        connections=connections,
        patience=CONNECTION_WITHIN,
        statement_within=STATEMENT_WITHIN,
    )
    config = load_in_force(config, engine)
    runtime = assemble(config, os.environ, engine)
    deliveries = storing(Inbox(engine, Queued(engine, wall_clock), wall_clock))
    intake = Intake(channels(config, os.environ, runtime), deliveries, wall_clock)
    app = create_app(Watched(engine, tuple(runtime.crms), workers_of_queue), hooks(intake))
    all_is_up()
    return app


def _tell(url: str) -> None:
    print_json({"ready": True, "url": url})
    sys.stdout.flush()
    log.info("ready")
