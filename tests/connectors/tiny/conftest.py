"""A Rolodex on loopback with one customer in it, and its kind named where kinds are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.limits import Gate
from connectors.log_ins import LogIns
from connectors.sandbox.exchange import Exchange
from connectors.sandbox.listener import Listener
from connectors.sandbox.world import World
from integration.assembly import BUILDERS, Builder
from integration.crm_settings import KINDS, CrmSettings
from rules.fault import Fault
from rules.ruleset import RuleSet
from tests.connectors.tiny.connector import RolodexConnector
from tests.connectors.tiny.rolodex import Rolodex


@dataclass
class Office:
    """The Rolodex, where it listens, and the ids of what is in it."""

    rolodex: Rolodex
    url: str
    owner: str
    client: str
    person: str
    sale: str

    @property
    def world(self) -> World:
        return self.rolodex.world


@pytest.fixture
def office() -> Iterator[Office]:
    rolodex = Rolodex(World())
    listener = Listener(Exchange, 0, rolodex, rolodex.world)
    listener.begin()
    owner = rolodex.add("staff", name="Ann Lee", email="ann@acme.example", active="yes")
    client = rolodex.add("client", name="Globex", owner=owner)
    person = rolodex.add("person", name="Zoë O'Neil", client=client)
    whose = {"client": client, "person": person, "owner": owner}
    lost = {"state": "lost", "closed_on": "2026-11-20", "amount": "900", "why": "too expensive"}
    sale = rolodex.add("sale", name="Renewal", **whose, **lost)
    yield Office(rolodex, listener.url, owner, client, person, sale)
    listener.end()


def keys_asked_for(table: Mapping[str, Any]) -> Iterator[Fault]:
    if "token" not in table:
        yield Fault(("token",), "is missing", 'add token = "env:ROLODEX_TOKEN"')


def connect(
    settings: CrmSettings,
    rules: RuleSet,
    environ: Mapping[str, str],
    gate: Gate,
    _log_ins: LogIns,
) -> RolodexConnector:
    watched = tuple(watch.record for watch in rules.watches if watch.crm == settings.name)
    token = settings.secret("token", environ)
    return RolodexConnector(settings.name, settings.base_url, token, watched, gate)


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rolodex as a kind: what two lines in the product would do."""
    monkeypatch.setitem(KINDS, "rolodex", keys_asked_for)
    monkeypatch.setitem(BUILDERS, "rolodex", Builder(connect, "client", "person", 10_000))
