"""After the story: the product runs on as under `winback run`, until it is told to end."""

from __future__ import annotations

import json
import signal
from datetime import timedelta
from types import FrameType
from typing import NoReturn

from integration.demo.desk import Desk
from integration.demo.show import Show
from integration.demo.stage import Stage
from integration.engine.embedded import Embedded
from integration.runtime import Runtime
from integration.scheduler import periodic_table
from integration.web.app import create_app
from integration.web.health import Watched
from integration.web.serving import LOOPBACK, Place, Server

POLL_EVERY = timedelta(seconds=10)


def stay(stage: Stage, runtime: Runtime, desks: dict[str, Desk], show: Show) -> None:
    """Keep watching and answer on HTTP until SIGINT or SIGTERM."""
    rounds = Embedded(runtime)
    calls = {name: crm.connector.calls for name, crm in runtime.crms.items()}
    server = Server(
        create_app(Watched(stage.engine, tuple(runtime.crms), calls, rounds.faults)),
        Place(LOOPBACK, 0),
    )
    scheduler = periodic_table(rounds, dict.fromkeys(runtime.crms, POLL_EVERY))
    _end_on_signals()
    try:
        rounds.start()
        scheduler.start()
        _tell(stage, server.url, desks, show)
        server.serve()
    except SystemExit:
        show.line("Ended.", 0)
    finally:
        server.close()
        if scheduler.running:
            scheduler.shutdown(wait=False)
        rounds.stop(10.0)


def _tell(stage: Stage, url: str, desks: dict[str, Desk], show: Show) -> None:
    sandbox = stage.sandbox
    show.heading("Everything stays up until Ctrl-C, and winback asks both CRMs every 10 seconds")
    show.line(f"Salesforce     {sandbox.salesforce_url}/_sandbox/state?type=Task")
    show.line(f"HubSpot        {sandbox.hubspot_url}/_sandbox/state?type=tasks")
    show.line(f"winback        {url}/readyz and {url}/metrics")
    show.line(f"rule file      {stage.config.path}")
    show.line(f"store          {stage.database_url}")
    todo = next((t for t in desks["sales"].todos() if not t.closed and t.contact_id), None)
    if todo is None:
        return
    fields = {"DoNotCall": True}
    change = {"verb": "update", "type": "Contact", "id": todo.contact_id, "fields": fields}
    show.heading("Try it: why was this task made? And what if the customer says no?")
    show.command(
        f"DATABASE_URL={stage.database_url} .venv/bin/winback explain {todo.id}"
        f" --crm sales --config {stage.config.path}"
    )
    show.command(f"curl -d '{json.dumps(change)}' {sandbox.salesforce_url}/_sandbox/change")


def _end_on_signals() -> None:
    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, signal.SIG_IGN)
        raise SystemExit(0)

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, end)
