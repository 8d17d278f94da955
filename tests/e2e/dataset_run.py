"""A data set in the sandbox, the product on it, and what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from connectors.sandbox.server import Sandbox, start
from connectors.sandbox.world import LedgerEntry
from integration.assembly import assemble
from integration.config import read_config
from integration.once import once
from integration.runtime import Runtime
from integration.store.engine import connect, upgrade
from integration.store.tables import losses
from tests.data_sets.source import rule_file

ENVIRON = {"SF_CLIENT_ID": "sandbox", "SF_CLIENT_SECRET": "sandbox", "HUBSPOT_TOKEN": "sandbox"}
Report = Mapping[str, Any]


@dataclass(frozen=True)
class DataRun:
    """One store on one sandbox; `once` as often as a test wants."""

    sandbox: Sandbox
    engine: Engine
    config: Path
    as_of: datetime

    def provision(self) -> None:
        """Our fields in the CRM, with all reasons as picklist values."""
        for crm in self._runtime().crms.values():
            reasons = [(reason.id, reason.label) for reason in crm.rules.reasons]
            crm.connector.provision(reasons, plan_only=False)

    def once(self) -> Report:
        """One run until idle; the report of the one CRM."""
        run = once(self._runtime(), as_of=self.as_of.isoformat())
        assert run.exit_code == 0, run.report
        (report,) = run.report["crms"].values()
        return {**report}

    def losses(self) -> list[sa.Row[Any]]:
        """What the store keeps of every loss that is one of its own."""
        found = sa.select(losses).where(losses.c.merged_into.is_(None)).order_by(losses.c.lost_on)
        with self.engine.connect() as connection:
            return list(connection.execute(found))

    def verdicts(self) -> Counter[str]:
        return Counter(row.verdict for row in self.losses())

    def writes(self) -> list[LedgerEntry]:
        """What the product wrote, our fields' making apart."""
        schema = ("Permission", "FieldPermission", "CustomField")
        return [
            entry
            for entry in self.sandbox.world.ledger
            if entry.by == "api" and entry.verb != "schema" and not entry.type.startswith(schema)
        ]

    def tasks(self) -> list[LedgerEntry]:
        made = [entry for entry in self.writes() if entry.type in {"Task", "tasks"}]
        return [entry for entry in made if entry.verb == "create"]

    def _runtime(self) -> Runtime:
        config = read_config(self.config, ENVIRON)
        # without the wait between searches: the portal's limit is lifted as well
        return assemble(config, ENVIRON, self.engine, now=lambda: self.as_of, paced=False)


@contextmanager
def data_run(
    name: str,
    folder: Path,
    work: Path,
    as_of: datetime,
    edit: Callable[[str], str] = lambda text: text,
) -> Iterator[DataRun]:
    """The data set `name` from its sandbox folder, with its rule file as `edit` leaves it."""
    url = f"sqlite:///{work}/winback.db"
    upgrade(url)
    engine = connect(url)
    with start(data=folder) as sandbox:
        sandbox.hubspot.search_limit = None
        base_url = sandbox.salesforce_url if name == "ravenstack" else sandbox.hubspot_url
        config = rule_file(name, base_url, work / "config.toml")
        config.write_text(edit(config.read_text(encoding="utf-8")), encoding="utf-8")
        run = DataRun(sandbox, engine, config, as_of)
        run.provision()
        yield run
    engine.dispose()
