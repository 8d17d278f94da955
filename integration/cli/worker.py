"""`winback worker`: does the work that is queued, beside as many others as you like."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Literal, NoReturn

import click

from integration.assembly import assemble
from integration.cli.context import (
    config_option,
    database_url,
    guarded,
    load_config,
    load_in_force,
    print_json,
)
from integration.cli.ending import end_on_signals, leave_at_once
from integration.cli.logged import log_for, log_format_option
from integration.cli.shared_store import refuse_sqlite, shared_store
from integration.engine.pace import Pace
from integration.engine.progress import LoggedProgress
from integration.engine.queued import Queued
from integration.engine.rounds import Rounds
from integration.engine.worker import QUEUE_CONNECTIONS, Worker
from integration.garbage import all_is_up
from integration.runtime import wall_clock

STOP_WITHIN = 14.0
"""Seconds for the batches under way: less than until others take a silent worker for dead."""

log = logging.getLogger(__name__)


@click.command("worker", epilog="Example: winback worker --at-once 2")
@config_option
@click.option(
    "--at-once",
    type=click.IntRange(1, 16),
    default=2,
    show_default=True,
    help="CRMs to work on side by side.",
)
@click.option(
    "--stop-within",
    type=click.FloatRange(min=0),
    default=STOP_WITHIN,
    show_default=True,
    metavar="SECONDS",
    help="What a batch under way gets at the end.",
)
@log_format_option
@guarded
def worker_command(
    config_path: str,
    at_once: int,
    stop_within: float,
    log_format: Literal["json", "text"] | None,
) -> None:
    """Read, decide and write what `winback web` and `winback clock` queue, until SIGTERM."""
    work(config_path, at_once, stop_within, log_format, Pace())


def connections(at_once: int) -> int:
    """What a worker opens at most: the queue's, one for each round, and one for all threads that
    make the calls, which seldom need one. Plans of 20 in all are shared with the old processes
    while new ones start."""
    return QUEUE_CONNECTIONS + at_once + 1


def work(
    config_path: str,
    at_once: int,
    stop_within: float,
    log_format: Literal["json", "text"] | None,
    pace: Pace,
) -> None:
    """A worker at a pace of its own."""
    end_on_signals()  # until the worker looks after them itself
    refuse_sqlite("worker")
    config = load_config(config_path)
    log_for(config, log_format)
    engine = shared_store(
        "worker",
        connections=connections(at_once) - QUEUE_CONNECTIONS,
        silent_within=pace.silent_within,
    )
    config = load_in_force(config, engine)
    log_for(config, log_format)  # whose secrets may be others
    runtime = assemble(config, os.environ, engine, progress=LoggedProgress())
    all_is_up()
    stopping = threading.Event()
    door = Queued(engine, wall_clock)
    rounds = Rounds(runtime, door, stopping, pace)
    worker = Worker(database_url(), rounds, door, stopping, at_once=at_once, pace=pace)
    print_json({"ready": True})
    sys.stdout.flush()
    log.info("ready")
    worker.run(stop_within, _leave)
    log.info("ended")
    engine.dispose()


def _leave() -> NoReturn:
    leave_at_once("a batch was still under way: its job is given back, its rows are read back")
