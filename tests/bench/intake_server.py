"""A server for what HubSpot pushes, in a process of its own: ours, or a bare one beside it.

`winback` is the product's own app and doors. `bare` checks nothing and inserts the same rows, a
durable commit each; `bare_together` has them committed by the product's one writer thread.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from connectors.deliveries import Delivery
from integration.assembly import assemble
from integration.config import read_config
from integration.engine.door import Wake
from integration.runtime import wall_clock
from integration.store.engine import connect, driver_url
from integration.web.app import create_app
from integration.web.channels import channels
from integration.web.health import Watched
from integration.web.serving import Place, Server
from integration.web.storing import Inbox, Received, storing
from integration.web.webhooks import Intake, hooks
from rules.model import Ref
from tests.integration.web.doors import ENVIRON, RULES

INSERT = """
INSERT INTO signals (crm, type, record_id, snapshot, gone, received_at)
VALUES ('hub', 'deals', ?, NULL, 0, ?)
ON CONFLICT (crm, type, record_id) DO UPDATE
SET snapshot = excluded.snapshot, gone = excluded.gone, generation = signals.generation + 1
"""

Store = Callable[[list[str]], None]


class NobodyHome:
    """A door behind which no round is run."""

    def wake(
        self,
        crm: str,
        kind: Wake,
        at: datetime | None = None,
        connection: Connection | None = None,
    ) -> None:
        """Nothing is measured but the intake."""


def winback(url: str, folder: Path) -> Any:
    file = folder / "rules.toml"
    file.write_text(RULES, encoding="utf-8")
    engine, config = connect(url), read_config(file, ENVIRON)
    deliveries = storing(Inbox(engine, NobodyHome(), wall_clock))
    doors = channels(config, ENVIRON, assemble(config, ENVIRON, engine))
    return create_app(Watched(engine, ("hub",)), hooks(Intake(doors, deliveries, wall_clock)))


def bare(url: str, _folder: Path) -> Any:
    path = str(make_url(driver_url(url)).database)
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    alone = threading.Lock()

    def store(ids: list[str]) -> None:
        now = wall_clock().isoformat()
        with alone:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT, [(one, now) for one in ids])
            connection.execute("COMMIT")

    return _wsgi(store)


def bare_together(url: str, _folder: Path) -> Any:
    deliveries = storing(Inbox(connect(url), NobodyHome(), wall_clock))

    def store(ids: list[str]) -> None:
        refs = tuple(Ref("deals", one) for one in ids)
        deliveries.store(Received("hub", "tasks", Delivery(refs)))

    return _wsgi(store)


def _wsgi(store: Store) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        store([str(event["objectId"]) for event in json.loads(body)])
        start_response("204 No Content", [])
        return []

    return app


SERVERS: dict[str, Callable[[str, Path], Any]] = {
    "winback": winback,
    "bare": bare,
    "bare_together": bare_together,
}


def main() -> None:
    kind, url, folder = sys.argv[1:]
    server = Server(SERVERS[kind](url, Path(folder)), Place("127.0.0.1", 0))
    print(server.url, flush=True)
    server.serve()
    os._exit(0)


if __name__ == "__main__":
    main()
