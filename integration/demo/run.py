"""`winback demo`: the whole product in two sandbox CRMs, from first contact to a month later."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from integration.demo.company import ACCOUNTS
from integration.demo.desk import Desk
from integration.demo.hubspot_desk import HubSpotDesk
from integration.demo.moments import Play
from integration.demo.reading import counted
from integration.demo.salesforce_desk import SalesforceDesk
from integration.demo.show import Show, three_tasks
from integration.demo.stage import Stage, set_up
from integration.demo.staying import stay
from integration.demo.story import weeks
from integration.demo.totals import Totals
from integration.once import once
from integration.runtime import Runtime, Silent


class Demo:
    """One performance. `stage` and `desks` are what a test looks at afterwards."""

    def __init__(
        self, console: Console, folder: Path, today: date, accounts: int = ACCOUNTS
    ) -> None:
        self.show = Show(console)
        self.totals = Totals()
        self.began = time.monotonic()
        self.show.heading("1  Two CRMs with a company in each")
        self.stage: Stage = set_up(folder, today, accounts)
        sandbox = self.stage.sandbox
        self.desks: dict[str, Desk] = {
            "sales": SalesforceDesk(sandbox.salesforce),
            "software": HubSpotDesk(sandbox.hubspot),
        }

    def perform(self) -> Runtime:
        """All phases; answers the runtime, to go on with."""
        stage = self.stage
        self.show.line(f"Salesforce  {stage.sandbox.salesforce_url}  Halden, measuring devices")
        self.show.line(f"HubSpot     {stage.sandbox.hubspot_url}  Brightfold, software")
        self.show.line(f"Rule file, store and company: {stage.folder}")
        runtime = stage.runtime()
        self._provision(runtime)
        self._first_contact(runtime)
        self._first_tasks(runtime)
        self._weeks(runtime)
        self._curtain()
        return runtime

    def _provision(self, runtime: Runtime) -> None:
        self.show.heading("2  Our fields are created in both (winback provision)")
        for name, crm in runtime.crms.items():
            reasons = [(reason.id, reason.label) for reason in crm.rules.reasons]
            made = crm.connector.provision(reasons, plan_only=False)
            self.show.line(f"{self.desks[name].title}: {len(made)} changes, such as: {made[0]}")
        self.stage.record_permissions()

    def _first_contact(self, runtime: Runtime) -> None:
        """A dry run, so that a person can look before anything is written."""
        self.show.heading("3  First contact: three years of history are read, nothing is written")
        report, read = self._once(runtime)
        self.show.history(read, report, self.desks, self.stage.first_day)

    def _first_tasks(self, runtime: Runtime) -> None:
        self.show.heading("4  In earnest: tasks and fields are written")
        runtime.crms = {
            name: replace(crm, dry_run=False, stays_dry=False) for name, crm in runtime.crms.items()
        }
        runtime.tallies.clear()  # the rehearsal counts for nothing
        report, _ = self._once(runtime)
        self.show.first_tasks(report, self.desks)

    def _once(self, runtime: Runtime) -> tuple[Mapping[str, Any], Mapping[tuple[str, str], int]]:
        """One run with bars; its report, and how many records of each kind it read."""
        with counted(self.show.console) as progress:
            runtime.progress = progress
            report = once(runtime, as_of=self.stage.today.isoformat()).report
        runtime.progress = Silent()
        self.totals.add(report)
        return report, progress.done

    def _weeks(self, runtime: Runtime) -> None:
        self.show.heading("5  Four weeks go by; people work in their CRMs, winback follows")
        plays = {name: Play(desk) for name, desk in self.desks.items()}
        for day in weeks(self.stage, runtime, plays):
            self.totals.add(day.report)
            self.show.day(day)

    def _curtain(self) -> None:
        desks = list(self.desks.values())
        self.show.totals(self.totals, desks)
        self.show.heading("Three of the open tasks, as the rep reads them")
        for desk, todo in three_tasks(desks):
            self.show.todo(desk, todo)
        seconds = time.monotonic() - self.began
        self.show.line(f"All that took {seconds:.0f} seconds.", 0)


def run(console: Console, folder: Path, today: date, *, ends: bool) -> None:
    """The demo; unless it `ends` by itself it stays up afterwards."""
    demo = Demo(console, folder, today)
    try:
        runtime = demo.perform()
        if not ends:
            stay(demo.stage, runtime, demo.desks, demo.show)
    finally:
        demo.stage.close()
