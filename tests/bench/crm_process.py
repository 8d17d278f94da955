"""The sandbox in a process of its own, so that its memory and its work are not the product's.

HubSpot's limits are lifted in it: what they make a caller wait is the CRM's, not ours.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.sandbox.server import Sandbox

Calls = dict[str, int]
"""API calls by kind: auth, read, search, write, other."""


class CrmProcess:
    """Our end of it: one JSON order a line, one JSON answer a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid
        self.urls: dict[str, str] = self.order({})

    def order(self, what: dict[str, Any]) -> dict[str, Any]:
        """Tell it something; raises RuntimeError when it has died."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the sandbox process has no pipes")
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the sandbox process ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def load(self, folder: Path) -> None:
        """Further records, as if they had just been made."""
        self.order({"load": str(folder)})

    def latency(self, seconds: float) -> None:
        self.order({"latency": seconds})

    def calls(self, crm: str) -> Calls:
        """API calls that came in so far, as the CRM counts them."""
        found: Calls = self.order({"calls": crm})
        return found


@contextmanager
def running_crm(folder: Path) -> Iterator[CrmProcess]:
    """A sandbox with the contents of a folder, ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.crm_process", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield CrmProcess(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _obey(sandbox: Sandbox, order: dict[str, Any]) -> dict[str, Any]:
    if "load" in order:
        sandbox.salesforce.load(Path(order["load"]))
        sandbox.hubspot.load(Path(order["load"]))
    if "latency" in order:
        sandbox.world.latency = float(order["latency"])
    if "calls" in order:
        with sandbox.world.lock:
            counted = sandbox.world.calls.items()
            return {kind: n for (crm, kind), n in counted if crm == order["calls"]}
    return {"salesforce": sandbox.salesforce_url, "hubspot": sandbox.hubspot_url}


def _serve(folder: Path) -> None:
    with Sandbox(data=folder) as sandbox:
        sandbox.hubspot.search_limit = None
        sandbox.hubspot.burst_limit = None
        for line in sys.stdin:
            print(json.dumps(_obey(sandbox, json.loads(line))), flush=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
