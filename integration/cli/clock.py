"""`winback clock`: wakes every CRM in its rhythm, and whatever lies in the store and waits."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import click

from integration.cli.context import config_option, guarded, load_config, load_in_force, print_json
from integration.cli.ending import end_on_signals
from integration.cli.logged import log_for, log_format_option
from integration.cli.shared_store import refuse_sqlite, shared_store
from integration.engine.leader import Leadership
from integration.engine.queued import Queued
from integration.engine.ticking import Ticking
from integration.runtime import wall_clock

CONNECTIONS = 2  # one holds the lock, one queues
LOOK_EVERY = 5.0  # seconds

log = logging.getLogger(__name__)


@click.command("clock", epilog="Example: winback clock --config config.toml")
@config_option
@log_format_option
@guarded
def clock_command(config_path: str, log_format: Literal["json", "text"] | None) -> None:
    """Queue polls and all that has become due, for `winback worker`, until SIGTERM. A second clock
    waits, and takes over when the first one is gone."""
    end_on_signals()
    refuse_sqlite("clock")
    config = load_config(config_path)
    log_for(config, log_format)
    engine = shared_store("clock", connections=CONNECTIONS)
    config = load_in_force(config, engine)
    log_for(config, log_format)  # whose secrets may be others
    rhythms = {name: settings.poll_every for name, settings in config.crms.items()}
    ticking = Ticking(engine, Queued(engine, wall_clock), rhythms, wall_clock)
    print_json({"ready": True})
    sys.stdout.flush()
    log.info("ready")
    try:
        ticking.run(Leadership(engine), LOOK_EVERY)
    finally:
        ticking.stop()
        log.info("ended")
        engine.dispose()
