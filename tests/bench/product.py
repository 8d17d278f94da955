"""The product as the benchmarks run it: a rule file, an empty store, and runs until idle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration.assembly import assemble
from integration.config import read_config
from integration.garbage import all_is_up
from integration.once import once as run_until_idle
from integration.runtime import Runtime
from integration.store.engine import connect, upgrade
from tests.bench.rule_file import ENVIRON, NAMES, rule_text

CRMS = ("salesforce", "hubspot")


@dataclass(frozen=True, slots=True)
class Product:
    """One CRM's rule file and store."""

    crm: str
    address: str
    config: Path
    store: str

    def once(self) -> dict[str, Any]:
        """One run until idle in this process, everything made anew; the CRM's report."""
        with self._wired() as runtime:
            all_is_up()
            report = run_until_idle(runtime, as_of="now").report
        found: dict[str, Any] = report["crms"][NAMES[self.crm]]
        return found

    def provision(self) -> None:
        with self._wired() as runtime:
            for crm in runtime.crms.values():
                reasons = [(reason.id, reason.label) for reason in crm.rules.reasons]
                crm.connector.provision(reasons, plan_only=False)

    @contextmanager
    def _wired(self) -> Iterator[Runtime]:
        engine = connect(self.store)
        try:
            # HubSpot without the pause before a sixth search in a second: the sandbox's own limit
            # is lifted too, so that what is left is our time and not the CRM's
            yield assemble(read_config(self.config, ENVIRON), ENVIRON, engine, paced=False)
        finally:
            engine.dispose()


def product(folder: Path, crm: str, url: str) -> Product:
    """A rule file and a store in `folder`, for the CRM at `url`."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.toml"
    config.write_text(rule_text(crm, url), encoding="utf-8")
    store = f"sqlite:///{folder / 'winback.db'}"
    upgrade(store)
    return Product(crm, url, config, store)
