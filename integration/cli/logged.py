"""Logs for commands that work on a CRM: the option, and starting them."""

from __future__ import annotations

import os
import sys
from typing import Literal, cast, get_args

import click

from integration.cli.context import database_url, refuse
from integration.config import Config
from integration.fault_reports import NoSuchProject, start_reports
from integration.logs import Level, start_logs
from integration.masking import mask_for

LOG_LEVEL = "WINBACK_LOG_LEVEL"

log_format_option = click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    help="Shape of log lines on standard error: text on a terminal, otherwise json.",
)


def log_for(config: Config, format: Literal["json", "text"] | None) -> None:
    """Log to standard error, with every secret of the configuration masked, and report faults
    where somebody wants that."""
    chosen = format or ("text" if sys.stderr.isatty() else "json")
    mask = mask_for(config, os.environ, database_url())
    start_logs(chosen, mask, level=_level())
    try:
        start_reports(os.environ, mask)
    except NoSuchProject as reason:
        refuse(str(reason))


def _level() -> Level:
    given = os.environ.get(LOG_LEVEL, "").strip().lower() or "info"
    if given not in get_args(Level):
        refuse(f"{LOG_LEVEL} is {given[:20]!r}: it must be one of {', '.join(get_args(Level))}")
    return cast("Level", given)
