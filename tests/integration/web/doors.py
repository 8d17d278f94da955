"""The app with its doors for what CRMs push, over a store, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine

from connectors.deliveries import Posted
from connectors.hubspot.signatures import SIGNATURE_V3, TIMESTAMP, signed_v3
from integration.assembly import assemble
from integration.config import read_config
from integration.engine.door import Wake
from integration.store.engine import connect, reading
from integration.store.tables import signals
from integration.web.app import create_app
from integration.web.channels import channels
from integration.web.health import Watched
from integration.web.storing import Inbox, storing
from integration.web.webhooks import Intake, hooks

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PUBLIC_URL = "https://winback.acme.example"
ENVIRON = {
    "TOKEN": "t",
    "CLIENT": "c",
    "SECRET": "s",
    "APP_SECRET": "hub-app-secret",
    "PATH_SECRET": "6f1ed002ab5595859014ebf0951522d9",
    "FLOW_SECRET": "of-the-named-credential",
}
SALES = f"/hooks/sales/{ENVIRON['PATH_SECRET']}"
RULES = f"""
[company]
name = "Acme"
first_day = 2026-01-01

[crm.hub]
kind = "hubspot"
base_url = "https://api.hubapi.com"
token = "env:TOKEN"
portal_id = 8675309
public_url = "{PUBLIC_URL}"
webhook_secrets = ["env:APP_SECRET"]

[crm.sales]
kind = "salesforce"
base_url = "https://acme.my.salesforce.com"
client_id = "env:CLIENT"
client_secret = "env:SECRET"
org_id = "00DWb0000000001"
path_secret = "env:PATH_SECRET"
webhook_secrets = ["env:FLOW_SECRET"]

[crm.closed]
kind = "hubspot"
base_url = "https://api.hubapi.com"
token = "env:TOKEN"

[[watch]]
name = "cancelled"
crm = "hub"
record = "2-4410"
"""


class Bell:
    """A door that only counts who was woken."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, Wake, datetime | None]] = []

    def wake(
        self,
        crm: str,
        kind: Wake,
        at: datetime | None = None,
        connection: Connection | None = None,
    ) -> None:
        assert connection is not None  # in the transaction that stores
        self.rung.append((crm, kind, at))


class Stage:
    """The app over a store, and what came of it."""

    def __init__(self, engine: Engine, app: Flask, bell: Bell) -> None:
        self.engine = engine
        self.app = app
        self.bell = bell
        self.client: FlaskClient = app.test_client()

    def waiting(self, crm: str) -> set[tuple[str, str]]:
        with reading(self.engine) as connection:
            found = connection.execute(
                sa.select(signals.c.type, signals.c.record_id).where(signals.c.crm == crm)
            )
            return {(row.type, row.record_id) for row in found}

    def hubspot(self, body: bytes, path: str = "/hooks/hub", **headers: str) -> int:
        return self.client.post(path, data=body, headers=signed(body, path) | headers).status_code


def signed(body: bytes, path: str = "/hooks/hub") -> dict[str, str]:
    stamp = str(int(NOW.timestamp() * 1000))
    sent = Posted("POST", PUBLIC_URL + path, {TIMESTAMP: stamp}, body)
    return {TIMESTAMP: stamp, SIGNATURE_V3: signed_v3(ENVIRON["APP_SECRET"], sent)}


@contextmanager
def stage(
    url: str, folder: Path, text: str = RULES, inbox_url: str | None = None
) -> Iterator[Stage]:
    """The app with its doors; `inbox_url` for an inbox that is not where the rules are."""
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf-8")
    config = read_config(file, ENVIRON)
    home, engine, bell = connect(url), connect(inbox_url or url), Bell()
    open_channels = channels(config, ENVIRON, assemble(config, ENVIRON, home))
    deliveries = storing(Inbox(engine, bell, lambda: NOW))
    doors = hooks(Intake(open_channels, deliveries, lambda: NOW))
    try:
        yield Stage(engine, create_app(Watched(engine, ("hub", "sales")), doors), bell)
    finally:
        deliveries.close()
        home.dispose()
        engine.dispose()
