"""The product with its doors open and both CRMs that push, worked by hand."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from connectors.hubspot.connector import HubSpotConnector
from connectors.sandbox.salesforce.setup import ORGANIZATION_ID
from connectors.sandbox.server import Sandbox, start
from integration.config import read_config
from integration.jobs.cycle import run_round
from integration.runtime import Runtime, wall_clock
from integration.store.engine import reading
from integration.store.tables import aliases, losses, recoveries, signals
from integration.web.app import create_app
from integration.web.channels import channels
from integration.web.health import Watched
from integration.web.serving import Place, Server
from integration.web.storing import Inbox, storing
from integration.web.webhooks import Intake, hooks
from tests import worlds
from tests.e2e.pushing import APP_SECRET, FLOW_SECRET, PATH_SECRET, Player, Request
from tests.e2e.working_day import FIND_OUT, Desk, HubDesk, SalesDesk
from tests.integration.web.doors import Bell

ENVIRON = {
    "WB_CLIENT_ID": "sandbox",
    "WB_SECRET": "canary-of-the-app",
    "WB_TOKEN": "canary-of-the-portal",
    "WB_APP_SECRET": APP_SECRET,
    "WB_PATH_SECRET": PATH_SECRET,
    "WB_FLOW_SECRET": FLOW_SECRET,
}
SALES_KEYS = f"""
org_id = "{ORGANIZATION_ID}"
path_secret = "env:WB_PATH_SECRET"
webhook_secrets = ["env:WB_FLOW_SECRET"]
"""
HUB_KEYS = """
webhook_secrets = ["env:WB_APP_SECRET"]
"""
KEYS = {"sales": SALES_KEYS, "hub": HUB_KEYS}
CRMS = ("sales", "hub")
A_DAY = timedelta(hours=25)


class Winback:
    """The product with its doors open, worked by hand: a round comes when a test says so."""

    def __init__(self, sandbox: Sandbox, parts: Runtime, url: str) -> None:
        self.desks: dict[str, Desk] = {"sales": SalesDesk(sandbox), "hub": HubDesk(sandbox)}
        self.player = Player(sandbox, ORGANIZATION_ID)
        self.sandbox = sandbox
        self.runtime = parts
        self.url = url
        self._kept: list[Request] = []
        self._order = random.Random(7)
        for crm in parts.crms.values():
            crm.connector.provision(worlds.REASONS, plan_only=False)

    def work(self, *, polled: bool) -> None:
        """Rounds until there is nothing left to do; without a poll over what was pushed."""
        for crm in CRMS:
            done = run_round(self.runtime, crm, polled=not polled)
            while done.again_at is not None:
                done = run_round(self.runtime, crm, polled=True)
                assert not done.trouble

    def deliver(self, *, disorder: bool, last: bool = False) -> bool:
        """What the CRMs push now. In disorder each request comes three times, some of them
        later, in no order. False when nothing came."""
        new = self.player.requests()
        sent = self._kept + new * (3 if disorder else 1)
        if disorder:
            self._order.shuffle(sent)
        kept = len(sent) // 2 if disorder and not last else 0
        self._kept, sent = sent[:kept], sent[kept:]
        for request in sent:
            request.send(self.url)
        return bool(sent)

    def pass_a_day(self) -> None:
        """What was deleted is asked for once a day."""
        self.sandbox.world.clock.advance(A_DAY.total_seconds())
        self.runtime.now = lambda: wall_clock() + A_DAY

    def outcome(self) -> dict[str, Any]:
        """Recoveries by their customer's names, and what stands in the CRMs."""
        with reading(self.runtime.engine) as connection:
            found = connection.execute(sa.select(recoveries).order_by(recoveries.c.id)).all()
            names = self._names(connection)
            assert not connection.execute(sa.select(signals)).all()
        return {
            "recoveries": sorted(
                (row.crm, names[row.customer_id], str(row.ended_on), row.playbook, row.end)
                for row in found
            ),
            "losses": self.losses(),
            "tasks": {crm: desk.tasks() for crm, desk in self.desks.items()},
            "fields": {crm: desk.fields() for crm, desk in self.desks.items()},
        }

    def losses(self) -> list[tuple[str, ...]]:
        """CRM, customer, what was lost, why, and whether that was undone."""
        with reading(self.runtime.engine) as connection:
            names = self._names(connection)
            return sorted(
                (row.crm, *names[row.customer_id], row.type, row.category, _undone(row.undone_on))
                for row in connection.execute(sa.select(losses))
            )

    def _names(self, connection: sa.Connection) -> dict[int, tuple[str, ...]]:
        called = {
            (crm, customer.account): name
            for crm, desk in self.desks.items()
            for name, customer in desk.customers.items()
        }
        found: dict[int, list[str]] = {}
        for row in connection.execute(sa.select(aliases)):
            name = called.get((row.crm, row.record_id))
            found.setdefault(row.customer_id, []).extend([name] if name else [])
        return {customer: tuple(sorted(named)) for customer, named in found.items()}


def _undone(on: date | None) -> str:
    return "stands" if on is None else "undone"


@contextmanager
def winback(url: str, folder: Path) -> Iterator[Winback]:
    with start() as sandbox:
        sandbox.hubspot.search_limit = sandbox.hubspot.burst_limit = None  # nobody waits here
        sandbox.hubspot.token = ENVIRON["WB_TOKEN"]
        sandbox.salesforce.sessions.client_secret = ENVIRON["WB_SECRET"]
        playbook = FIND_OUT + worlds.PLAYBOOK
        file = worlds.rule_file(folder, sandbox, keys=KEYS, playbook=playbook)
        with worlds.runtime(url, file, environ=ENVIRON) as paced:
            parts = _unpaced(paced)
            with doors_of(parts, file) as where:
                yield Winback(sandbox, parts, where)


@contextmanager
def doors_of(parts: Runtime, file: Path) -> Iterator[str]:
    """Where the product, wired by a rule file with `KEYS`, takes what CRMs push. Signatures go by
    the real clock, whatever the product's is."""
    deliveries = storing(Inbox(parts.engine, Bell(), parts.wall))
    doors = hooks(
        Intake(channels(read_config(file, ENVIRON), ENVIRON, parts), deliveries, wall_clock)
    )
    watched = Watched(parts.engine, tuple(parts.crms))
    server = Server(create_app(watched, doors), Place("127.0.0.1", 0))
    threading.Thread(target=server.serve, daemon=True).start()
    yield server.url
    server.close()
    deliveries.close()


def _unpaced(parts: Runtime) -> Runtime:
    """The sandbox takes more searches a second than HubSpot does."""
    hub = parts.crms["hub"]
    assert isinstance(hub.connector, HubSpotConnector)
    quick = HubSpotConnector(hub.connector._settings)
    return replace(parts, crms={**parts.crms, "hub": replace(hub, connector=quick)})
