"""Logs for commands that work on a CRM: the option, and starting them."""

from __future__ import annotations

import os
import sys
from typing import Literal

import click

from integration.cli.context import database_url
from integration.config import Config
from integration.logs import start_logs
from integration.masking import mask_for

log_format_option = click.option(
    "--log-format",
    type=click.Choice(["json", "text"]),
    help="Shape of log lines on standard error: text on a terminal, otherwise json.",
)


def log_for(config: Config, format: Literal["json", "text"] | None) -> None:
    """Log to standard error, with every secret of the configuration masked."""
    chosen = format or ("text" if sys.stderr.isatty() else "json")
    start_logs(chosen, mask_for(config, os.environ, database_url()))
