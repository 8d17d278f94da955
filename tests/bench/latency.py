"""From a webhook to the task in the CRM, while nothing else is going on.

A deal is closed lost, the CRM sends its webhook, and the clock runs from there until the CRM has
committed the first task. One at a time, both CRMs watched by one installation: embedded (`run` on
SQLite), then grown up (`web`, `worker` and `clock` on PostgreSQL). The CRMs answer at once, and
they are not polled meanwhile.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from connectors.sandbox.salesforce.setup import ORGANIZATION_ID
from connectors.sandbox.server import Sandbox, start
from integration.store.engine import upgrade
from tests import worlds
from tests.bench.figures import Figure, Figures
from tests.bench.processes import started, until
from tests.bench.rule_file import ENVIRON, TASKS_A_LOSS, rules_of_both
from tests.e2e.pushing import Player
from tests.e2e.test_push_wakes import DOORS, HUB_KEYS, SALES_KEYS
from tests.integration.test_run import settled
from tests.postgres import running_postgres

LOSSES = 40  # in each CRM
MEDIAN_WITHIN, P99_WITHIN = 0.5, 2.0  # seconds
IDLE_SECONDS = 1.1
"""Before each loss. The CRMs take turns, so that for each of them nothing came for more than the
two seconds for which what comes on the heels of a delivery is gathered."""

_STAGE = {"salesforce": ("Opportunity", "StageName"), "hubspot": ("deals", "dealstage")}
_OPEN = {"salesforce": "Prospecting", "hubspot": "appointmentscheduled"}
_LOST = {"salesforce": "Closed Lost", "hubspot": "closedlost"}

Say = Callable[[str], None]


def measure(say: Say) -> Figures:
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as name, running_postgres() as postgres:
        folder = Path(name)
        for what, url, commands in (
            ("embedded", f"sqlite:///{folder / 'winback.db'}", ["run"]),
            ("grown_up", postgres.create("latency"), ["web", "worker", "clock"]),
        ):
            upgrade(url)
            with start() as sandbox:
                say(f"{what}: first contact")
                took = _installed(folder, url, commands, Deals(sandbox), say)
            figures |= {
                f"{what}.{crm}.{name}": figure
                for crm, seconds in took.items()
                for name, figure in _figures(seconds).items()
            }
    return figures


class Deals:
    """Open deals of customers in both CRMs, to be lost one by one."""

    def __init__(self, sandbox: Sandbox) -> None:
        org, portal = sandbox.salesforce, sandbox.hubspot
        portal.burst_limit = portal.search_limit = None
        self.sandbox = sandbox
        self._update = {"salesforce": org.update, "hubspot": portal.update}
        lost = {
            "salesforce": worlds.salesforce_losses(org, LOSSES),
            "hubspot": worlds.hubspot_losses(portal, LOSSES),
        }
        self.ids = {crm: [one.deal for one in found] for crm, found in lost.items()}
        for crm, ids in self.ids.items():
            for id in ids:
                self._put(crm, id, _OPEN[crm])
        self._player = Player(sandbox, ORGANIZATION_ID)

    def lose(self, crm: str, id: str, url: str) -> float:
        """Seconds from the webhook to the first task."""
        self._put(crm, id, _LOST[crm])
        requests, before = self._player.requests(), len(self._tasks())
        sent_at = datetime.now(UTC)
        for request in requests:
            request.send(url)
        until(lambda: len(self._tasks()) == before + TASKS_A_LOSS, every=0.01)
        first = self._tasks()[before]
        self._player.requests()  # of our own writes: nobody subscribes to those
        return (first - sent_at).total_seconds()

    def _put(self, crm: str, id: str, stage: str) -> None:
        type, field = _STAGE[crm]
        self._update[crm](type, id, {field: stage})

    def _tasks(self) -> list[datetime]:
        """When each was made, in order."""
        world = self.sandbox.world
        with world.lock:
            made = [one for one in world.ledger if one.verb == "create" and one.by == "api"]
        return [one.at for one in made if one.type in ("Task", "tasks")]


def _installed(
    folder: Path, url: str, commands: list[str], deals: Deals, say: Say
) -> dict[str, list[float]]:
    rules = folder / "rules.toml"
    rules.write_text(_rules(deals.sandbox), encoding="utf-8")
    environ = {**ENVIRON, **DOORS, "DATABASE_URL": url, "WINBACK_CONFIG": str(rules)}
    took: dict[str, list[float]] = {}
    with ExitStack() as running:
        said = {
            name: running.enter_context(
                started(name, folder, environ, *(["--port", "0"] if name in _WEB else []))
            )
            for name in commands
        }
        web = next(str(said[name]["url"]) for name in commands if name in _WEB)
        until(lambda: settled(web))
        say(f"{', '.join(commands)}: {LOSSES} losses in each CRM, one by one")
        for number in range(LOSSES):
            for crm, ids in deals.ids.items():
                time.sleep(IDLE_SECONDS)
                took.setdefault(crm, []).append(deals.lose(crm, ids[number], web))
    return took


_WEB = ("run", "web")


def _rules(sandbox: Sandbox) -> str:
    """With a door for each CRM, and polls an hour apart."""
    urls = {"salesforce": sandbox.salesforce_url, "hubspot": sandbox.hubspot_url}
    text = rules_of_both(urls).replace("poll_every = 1\n", "")
    text = text.replace('kind = "salesforce"', f'kind = "salesforce"\n{SALES_KEYS}')
    return text.replace('kind = "hubspot"', f'kind = "hubspot"\n{HUB_KEYS}')


def _figures(seconds: list[float]) -> Figures:
    beside = {"losses": len(seconds), "least": round(min(seconds), 3)}
    p99 = statistics.quantiles(seconds, n=100, method="inclusive")[98]
    return {
        "median_seconds": Figure(round(statistics.median(seconds), 3), MEDIAN_WITHIN, beside),
        "p99_seconds": Figure(round(p99, 3), P99_WITHIN, {"most": round(max(seconds), 3)}),
    }
