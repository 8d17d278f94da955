"""`winback sandbox`: both CRMs on loopback, until somebody ends them."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from connectors.sandbox.csvdata import SCHEMA_FILE
from connectors.sandbox.server import Sandbox, start
from integration.cli.context import refuse

LAST_PORT = 65_534  # the next one is HubSpot's


@click.command("sandbox", epilog="Example: winback sandbox --port 8200 --data ./company")
@click.option(
    "--port",
    type=click.IntRange(0, LAST_PORT),
    default=0,
    help="Salesforce's port, HubSpot's is the next; 0 takes any two that are free.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="A folder of CSV files to begin with: Account.csv, companies.csv ...",
)
@click.option(
    "--latency", type=click.FloatRange(0), default=0.0, help="Milliseconds added to every call."
)
def sandbox_command(port: int, data: Path | None, latency: float) -> None:
    """Start a sandbox Salesforce org and a sandbox HubSpot portal on loopback.

    One JSON line on standard output tells their addresses when they are ready. Ctrl-C or
    SIGTERM ends them, and their records with them. Client id, client secret and HubSpot's token
    are the word "sandbox".
    """
    sandbox = _started(port, data, latency / 1000)
    with sandbox, _asked_to_end() as asked:
        addresses = {"salesforce": sandbox.salesforce_url, "hubspot": sandbox.hubspot_url}
        line = {"ready": True, "url": sandbox.salesforce_url, **addresses}
        click.echo(json.dumps(line))  # flushes
        os.read(asked, 1)


def _started(port: int, data: Path | None, latency_in_seconds: float) -> Sandbox:
    try:
        return start(port, data, latency_in_seconds)
    except json.JSONDecodeError as bad:
        refuse(f"{data}/{SCHEMA_FILE}:{bad.lineno}: column {bad.colno}: is not JSON: {bad.msg}")
    except UnicodeDecodeError:
        refuse(f"{_not_utf8(data)}: is not UTF-8 text")
    except (NotADirectoryError, ValueError, csv.Error) as bad:
        refuse(f"--data {data}: {bad}")
    except OSError as error:
        if error.filename is not None:
            refuse(f"--data {data}: {error.filename}: {error.strerror}")
        refuse(f"--port {port}: {error.strerror}; {port} and {port + 1} have to be free")


def _not_utf8(folder: Path | None) -> str:
    """The file and line where the text stops being UTF-8."""
    for path in sorted(folder.glob("*.*")) if folder else ():
        text = path.read_bytes()
        try:
            text.decode()
        except UnicodeDecodeError as bad:
            line = text.count(b"\n", 0, bad.start) + 1
            return f"{path}:{line}"
    return str(folder)


@contextmanager
def _asked_to_end() -> Iterator[int]:
    """A pipe that can be read from once somebody sent SIGINT or SIGTERM; none can be missed
    between looking and waiting."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(-1)
        os.close(writer)
        os.close(reader)
