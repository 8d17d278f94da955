"""The demo's stage: two sandbox CRMs with a company in each, a store, and the product wired up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Engine

from connectors.sandbox.server import Sandbox, start
from integration.assembly import assemble
from integration.config import Config, read_config
from integration.demo.company import (
    ACCOUNTS,
    SCHEMA,
    hubspot_company,
    hubspot_permissions,
    salesforce_company,
    salesforce_permissions,
    write_folder,
)
from integration.runtime import Runtime
from integration.store.engine import connect, upgrade

SEED = 7
LOSSES_OF_THE_LAST = timedelta(days=30)
SECRETS = {"SF_CLIENT_ID": "sandbox", "SF_CLIENT_SECRET": "sandbox", "HUBSPOT_TOKEN": "sandbox"}
"""The sandbox's own, known to everybody."""

_SALESFORCE, _HUBSPOT = "http://127.0.0.1:8901", "http://127.0.0.1:8902"  # in rules.toml
_FIRST_DAY = "first_day = 2026-01-01"


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that the demo plays with. `today` is the day on which the story begins."""

    folder: Path
    today: date
    sandbox: Sandbox
    config: Config
    database_url: str
    engine: Engine
    accounts: int = ACCOUNTS

    @property
    def first_day(self) -> date:
        return self.today - LOSSES_OF_THE_LAST

    def runtime(self) -> Runtime:
        """The product wired up, to begin with in a dry run; its clock is the sandbox's."""
        return assemble(
            self.config, SECRETS, self.engine, now=self.sandbox.world.clock.now, dry_run=True
        )

    def begin_day(self, on: date, hour: int = 8) -> None:
        """Move the sandbox's clock to the morning of a day."""
        self.sandbox.world.clock.set(datetime.combine(on, time(hour), UTC))

    def record_permissions(self) -> None:
        """What contacts said in the past to "may we keep in touch?", typed in by people once
        our fields are there."""
        for row in salesforce_permissions(SEED, self.today, self.accounts):
            self.sandbox.salesforce.update("Contact", str(row["Id"]), _without(row, "Id"))
        for row in hubspot_permissions(SEED, self.today, self.accounts):
            id = str(row["hs_object_id"])
            self.sandbox.hubspot.update("contacts", id, _without(row, "hs_object_id"))

    def close(self) -> None:
        self.engine.dispose()
        self.sandbox.close()


def set_up(folder: Path, today: date, accounts: int = ACCOUNTS) -> Stage:
    """Generate the company, start both CRMs with it, write the rule file, open the store."""
    data = folder / "company"
    rows = {
        **salesforce_company(SEED, today, accounts),
        **hubspot_company(SEED, today, accounts),
    }
    write_folder(rows, data, SCHEMA)
    sandbox = start(data=data)
    file = _rule_file(folder, sandbox, today)
    database_url = f"sqlite:///{folder / 'winback.db'}"
    upgrade(database_url)
    stage = Stage(
        folder=folder,
        today=today,
        sandbox=sandbox,
        config=read_config(file, SECRETS),
        database_url=database_url,
        engine=connect(database_url),
        accounts=accounts,
    )
    stage.begin_day(today, hour=7)
    return stage


def _rule_file(folder: Path, sandbox: Sandbox, today: date) -> Path:
    """The shipped file with this run's addresses and first day in it."""
    text = files("integration.demo").joinpath("rules.toml").read_text(encoding="utf-8")
    for shipped, own in (
        (_SALESFORCE, sandbox.salesforce_url),
        (_HUBSPOT, sandbox.hubspot_url),
        (_FIRST_DAY, f"first_day = {today - LOSSES_OF_THE_LAST}"),
    ):
        text = text.replace(shipped, own)
    target = folder / "config.toml"
    target.write_text(text, encoding="utf-8")
    return target


def _without(row: Mapping[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != key}
