"""`winback demo`: see the whole product work, in two sandbox CRMs on this machine."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from integration.cli.context import guarded
from integration.demo.run import run

PIPED_WIDTH = 100


@click.command("demo")
@click.option("--once", "ends", is_flag=True, help="End after the story instead of staying up.")
@guarded
def demo_command(ends: bool) -> None:
    """Start two sandbox CRMs with a generated company, and live through a month with them."""
    today = datetime.now(UTC).date()
    folder = Path(tempfile.mkdtemp(prefix="winback-demo-"))
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    run(Console(highlight=False, width=width), folder, today, ends=ends)
