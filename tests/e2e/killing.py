"""A `winback once` in a process of its own, killed where a test wants it and started again.

The processes come out of a warm fork server, which has the product imported already: what they
run is the command itself, and it saves two seconds of start-up for each of a hundred processes.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from connectors.sandbox.server import Sandbox
from integration.cli.main import main
from tests import worlds
from tests.worlds import Lost

LONGEST_RUN_IN_SECONDS = 60.0
GRACE = "1 second"  # the sandbox commits what it got within its latency
SALES_LOSSES, HUB_LOSSES = 67, 34  # with three tasks each just over one batch of each CRM

_servers = get_context("forkserver")
PRELOADED = ["tests.e2e.warm"]
_servers.set_forkserver_preload(PRELOADED)


@dataclass
class Scene:
    """Both CRMs with losses in them, our fields provisioned, and an empty store."""

    sandbox: Sandbox
    url: str
    folder: Path
    keys: Mapping[str, str] | None = None  # of the rule file
    sales: list[Lost] = field(default_factory=list)
    hub: list[Lost] = field(default_factory=list)
    configs: dict[str, Path] = field(default_factory=dict)  # by the CRM that is worked first

    def __post_init__(self) -> None:
        self.sandbox.hubspot.search_limit = None  # a killed process cannot know of the last one's
        for crms in (("sales", "hub"), ("hub", "sales")):
            self.configs[crms[0]] = worlds.rule_file(
                self.folder, self.sandbox, crms=crms, grace=GRACE, keys=self.keys
            )
        worlds.provision(self.url, self.configs["sales"])

    def lose(self, sales: int = SALES_LOSSES, hub: int = HUB_LOSSES) -> None:
        """So many more customers leave."""
        self.sales += worlds.salesforce_losses(self.sandbox.salesforce, sales)
        self.hub += worlds.hubspot_losses(self.sandbox.hubspot, hub)

    def calls(self) -> int:
        with self.sandbox.world.lock:
            return sum(self.sandbox.world.calls.values())

    def environ(self, crash: str = "") -> dict[str, str]:
        return {**worlds.ENVIRON, "DATABASE_URL": self.url, "WINBACK_CRASH": crash}

    def start(self, first: str = "sales", crash: str = "") -> ForkServerProcess:
        command = ["once", "--config", str(self.configs[first]), "--json"]
        arguments = (command, self.environ(crash), self.folder / "output")
        process = _servers.Process(target=_run, args=arguments)
        process.start()
        return process

    def run(
        self, first: str = "sales", crash: str = "", within: float = LONGEST_RUN_IN_SECONDS
    ) -> int:
        """The exit code, negative for a signal."""
        return ended(self.start(first, crash), within)

    def run_for(self, seconds: float, first: str) -> bool:
        """Kill a run so long after its first call to a CRM. False if it was faster than that."""
        before = self.calls()
        process = self.start(first)
        while self.calls() == before and process.is_alive():
            time.sleep(0.002)
        process.join(seconds)
        if process.is_alive():
            os.kill(process.pid or 0, signal.SIGKILL)
        return ended(process) == -signal.SIGKILL

    def output(self) -> str:
        return (self.folder / "output").read_text(encoding="utf-8")


def ended(process: ForkServerProcess, within: float = LONGEST_RUN_IN_SECONDS) -> int:
    process.join(within)
    if process.is_alive():
        process.kill()
        process.join()
        raise AssertionError("the run did not end by itself")
    return process.exitcode or 0


def _run(command: list[str], environ: Mapping[str, str], output: Path) -> None:
    """The process's own side: the command with its output in a file."""
    os.environ.update(environ)
    with output.open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    main(command)


# ---- what has to stand in the end

SALESFORCE_FIELDS = {
    "Winback_Reason__c": "price",
    "Winback_Provenance__c": "guessed",
    "Winback_Status__c": "open",
}
HUBSPOT_FIELDS = {
    "winback_reason": "price",
    "winback_provenance": "guessed",
    "winback_status": "open",
}


def assert_everything_once(scene: Scene) -> None:
    """Every wanted task exactly once, every field as wanted, and no other write of ours."""
    made, others = salesforce_writes(scene.sandbox)
    difference = differing(made, wanted_tasks(scene.sales))
    assert not difference, difference
    assert others <= {lost.account for lost in scene.sales} | {lost.deal for lost in scene.sales}
    for lost in scene.sales:
        for type, id in (("Opportunity", lost.deal), ("Account", lost.account)):
            row = scene.sandbox.salesforce.get(type, id) or {}
            assert {k: row.get(k) for k in SALESFORCE_FIELDS} == SALESFORCE_FIELDS, row
    made, others = hubspot_writes(scene.sandbox)
    difference = differing(made, wanted_tasks(scene.hub))
    assert not difference, difference
    assert others <= {lost.account for lost in scene.hub} | {lost.deal for lost in scene.hub}
    for lost in scene.hub:
        for type, id in (("deals", lost.deal), ("companies", lost.account)):
            row = scene.sandbox.hubspot.get(type, id)
            assert {k: row.get(k) for k in HUBSPOT_FIELDS} == HUBSPOT_FIELDS, row


def differing(made: Counter[tuple[str, str]], wanted: Counter[tuple[str, str]]) -> str:
    """What was made too often or not at all, in words; empty if nothing."""
    parts = {"too many": made - wanted, "too few": wanted - made}
    return "; ".join(f"{what}: {dict(tasks)}" for what, tasks in parts.items() if tasks)


def wanted_tasks(losses: list[Lost]) -> Counter[tuple[str, str]]:
    """(account, task of the playbook), each once."""
    return Counter((lost.account, task) for lost in losses for task in worlds.TASK_KEYS)


def salesforce_writes(sandbox: Sandbox) -> tuple[Counter[tuple[str, str]], set[str]]:
    """(account, task) of every task that was made, and ids of all else that we wrote to."""
    made: Counter[tuple[str, str]] = Counter()
    others = set()
    for entry in sandbox.world.ledger:
        if entry.crm != "salesforce" or entry.by != "api" or entry.verb == "schema":
            continue
        if (entry.type, entry.verb) == ("Task", "create"):
            made[entry.fields["WhatId"], entry.fields["Winback_Key__c"].split(":")[1]] += 1
        elif not entry.type.startswith(("Permission", "FieldPermission", "CustomField")):
            others.add(entry.id)
    return made, others


def hubspot_writes(sandbox: Sandbox) -> tuple[Counter[tuple[str, str]], set[str]]:
    """The same in HubSpot, where the key is read from the body's last line."""
    made: Counter[tuple[str, str]] = Counter()
    others = set()
    for entry in sandbox.world.ledger:
        if entry.crm != "hubspot" or entry.by != "api" or entry.verb == "schema":
            continue
        if (entry.type, entry.verb) == ("tasks", "create"):
            key = entry.fields["hs_task_body"].rpartition("[winback:")[2].partition("]")[0]
            made[entry.fields["associations"]["companies"][0], key.split(":")[1]] += 1
        else:
            others.add(entry.id)
    return made, others
