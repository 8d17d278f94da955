"""After the story: the product runs on as under `winback run`, until it is told to end."""

from __future__ import annotations

import json
import signal
from datetime import timedelta
from types import FrameType
from typing import NoReturn

from integration.demo.desk import Desk, Todo
from integration.demo.show import Show
from integration.demo.stage import Stage
from integration.engine.embedded import Embedded
from integration.runtime import Runtime
from integration.scheduler import periodic_table
from integration.store import pulse
from integration.web.app import create_app
from integration.web.health import Watched
from integration.web.serving import LOOPBACK, Place, Server

POLL_EVERY = timedelta(seconds=10)
STOP_WITHIN = 10.0  # seconds


def stay(stage: Stage, runtime: Runtime, desks: dict[str, Desk], show: Show) -> None:
    """Keep watching and answer on HTTP until SIGINT or SIGTERM."""
    rounds = Embedded(runtime)
    server = Server(create_app(Watched(stage.engine, tuple(runtime.crms))), Place(LOOPBACK, 0))
    scheduler = periodic_table(
        rounds,
        dict.fromkeys(runtime.crms, POLL_EVERY),
        lambda: pulse.tick(stage.engine, runtime.wall()),
    )
    _end_on_signals()
    try:
        rounds.start()
        scheduler.start()
        _tell(stage, server.url, desks, show)
        server.serve()
    finally:
        server.close()
        if scheduler.running:
            scheduler.shutdown(wait=False)
        rounds.stop(STOP_WITHIN)
        show.line("Ended.", 0)


def _tell(stage: Stage, url: str, desks: dict[str, Desk], show: Show) -> None:
    sandbox = stage.sandbox
    show.heading("Everything stays up until Ctrl-C, and winback asks both CRMs every 10 seconds")
    show.line(f"Salesforce     {sandbox.salesforce_url}/_sandbox/state?type=Task")
    show.line(f"HubSpot        {sandbox.hubspot_url}/_sandbox/state?type=tasks")
    show.line(f"winback        {url}/readyz and {url}/metrics")
    show.line(f"rule file      {stage.config.path}")
    show.line(f"store          {stage.database_url}")
    todos = [todo for todo in desks["sales"].todos() if not todo.closed and todo.contact_id]
    if todos:
        _suggest(stage, todos[-1], show)


def _suggest(stage: Stage, todo: Todo, show: Show) -> None:
    """Two things to try on a task: ask why it is there, and make its cause go away."""
    show.heading(f"Try it. Why is {todo.owner} to call {todo.contact}? And what if they say no?")
    today = stage.sandbox.world.clock.now().date()
    show.command(
        f"DATABASE_URL={stage.database_url} .venv/bin/winback explain {todo.id} --crm sales"
        f" --config {stage.config.path} --as-of {today}"
    )
    fields = {"DoNotCall": True}
    change = {"verb": "update", "type": "Contact", "id": todo.contact_id, "fields": fields}
    show.command(f"curl -d '{json.dumps(change)}' {stage.sandbox.salesforce_url}/_sandbox/change")


def _end_on_signals() -> None:
    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, signal.SIG_IGN)
        raise SystemExit(0)

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, end)
