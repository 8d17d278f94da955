"""`winback once`: everything until idle, one run."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Literal

import click

from integration.assembly import assemble
from integration.cli.context import (
    config_option,
    guarded,
    instant,
    json_option,
    load_config,
    load_in_force,
    open_store,
    print_json,
)
from integration.cli.logged import log_for, log_format_option
from integration.cli.progress import shown_progress
from integration.cli.rehearsing import store_to_work_on
from integration.cli.reporting import print_report
from integration.garbage import all_is_up
from integration.once import once as run_once
from integration.runtime import wall_clock


@click.command("once")
@config_option
@click.option("--as-of", "as_of", help="The day or instant that counts as now, for this run.")
@click.option("--dry-run", is_flag=True, help="Read and decide everything, write nothing.")
@json_option
@log_format_option
@guarded
def once_command(
    config_path: str,
    as_of: str | None,
    dry_run: bool,
    as_json: bool,
    log_format: Literal["json", "text"] | None,
) -> None:
    """Notice what was lost, decide, and write tasks and fields, until there is nothing to do.

    A dry run may be made while `winback run` or workers are at work on the store: then it works on
    a copy, of which nothing is kept. Its calls to the CRM count as ever.
    """
    config = load_config(config_path)
    at = instant(as_of)
    engine = open_store()
    if not dry_run:  # which may rehearse a draft
        config = load_in_force(config, engine)
    log_for(config, log_format)

    def now() -> datetime:
        return at if at is not None else wall_clock()

    with shown_progress() as progress, store_to_work_on(engine, dry_run, progress) as store:
        runtime = assemble(
            config,
            os.environ,
            store,
            now=now,
            dry_run=dry_run,
            progress=progress,
            shared_on=engine,
        )
        all_is_up()
        run = run_once(runtime, as_of=now().isoformat())
    if as_json:
        print_json(run.report)
    else:
        print_report(run.report)
    raise SystemExit(run.exit_code)
