"""Changes that are seen later than they were stamped: Hypothesis plans a day of them, and every
change is found by the polls that follow, at the price of hardly any call.

In Salesforce a transaction may stay open for long, and several at once; in HubSpot the search
index lags behind the records. Stamps may be equal, and our clock may be five minutes off.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors.base import Connector, Cursor
from connectors.hubspot.connector import HubSpotConnector, HubSpotSettings
from connectors.salesforce.connector import SalesforceConnector
from connectors.sandbox.salesforce.transactions import LongTransaction
from connectors.sandbox.server import Sandbox, start
from connectors.stream import Stream
from rules.model import Account, Kind
from tests.connectors.salesforce.conftest import settings as salesforce_settings

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
RECORDS = 6
PLANS = 10
MOST_EXTRA_CALLS = 0.05


class Step(NamedTuple):
    """After `pause` seconds either a poll, or records that change together, with one stamp, and
    are seen later, by a part of the longest delay. `skew` is how far our clock is off."""

    pause: int
    records: frozenset[int]
    late: float
    skew: int


class Watched(ABC):
    """One CRM with accounts in it, whose names tell which change was seen last."""

    longest: float  # seconds by which a change is seen late

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.clock = sandbox.world.clock
        self.clock.set(NOON)
        self.ids = [self.make(f"0 of {n}") for n in range(RECORDS)]
        self.truth = {id: f"0 of {n}" for n, id in enumerate(self.ids)}
        self.busy: dict[str, datetime] = {}  # until when a late change is under way

    @abstractmethod
    def make(self, name: str) -> str: ...

    @abstractmethod
    def change(self, names: dict[str, str], late: float) -> None:
        """Give records these names, all with one stamp."""

    @abstractmethod
    def pass_time(self, until: datetime) -> None: ...

    @abstractmethod
    def connector(self) -> Connector: ...

    @abstractmethod
    def close(self) -> None: ...

    def act(self, number: int, step: Step, late: float) -> None:
        now = self.clock.now()
        free = [id for id in self.ids if self.busy.get(id, now) <= now]
        names = {
            id: f"{number} of {id}" for n, id in enumerate(self.ids) if id in free and n in step[1]
        }
        if names:
            self.change(names, late)
            self.truth |= names
            self.busy |= dict.fromkeys(names, now + timedelta(seconds=late))

    def check(self, seen: dict[str, str]) -> None:
        """All that anybody may see was just seen."""
        now = self.clock.now()
        open_to_all = [id for id in self.ids if self.busy.get(id, now) <= now]
        assert {id: seen.get(id) for id in open_to_all} == {
            id: self.truth[id] for id in open_to_all
        }


class WatchedOrg(Watched):
    longest = 900

    def make(self, name: str) -> str:
        self.open: list[tuple[datetime, LongTransaction]] = []
        return self.sandbox.salesforce.create("Account", {"Name": name})

    def change(self, names: dict[str, str], late: float) -> None:
        transaction = self.sandbox.salesforce.begin()
        for id, name in names.items():
            transaction.update("Account", id, {"Name": name})
        self.open.append((self.clock.now() + timedelta(seconds=late), transaction))
        self.pass_time(self.clock.now())

    def pass_time(self, until: datetime) -> None:
        for ends_at, transaction in sorted(self.open, key=lambda one: one[0]):
            if ends_at <= until:
                self.clock.set(max(ends_at, self.clock.now()))
                self.sandbox.salesforce.commit(transaction)
        self.open = [one for one in self.open if one[0] > until]
        self.clock.set(max(until, self.clock.now()))

    def connector(self) -> Connector:
        self._made = SalesforceConnector(salesforce_settings(self.sandbox.salesforce_url))
        return self._made

    def close(self) -> None:
        """Nothing is held open but the session."""


class WatchedPortal(Watched):
    longest = 30

    def make(self, name: str) -> str:
        return self.sandbox.hubspot.create("companies", {"name": name})

    def change(self, names: dict[str, str], late: float) -> None:
        portal = self.sandbox.hubspot
        stamp = self.clock.now().isoformat()
        portal.index_lag_seconds = late
        for id, name in names.items():
            portal.update("companies", id, {"name": name, "hs_lastmodifieddate": stamp})
        portal.index_lag_seconds = 0

    def pass_time(self, until: datetime) -> None:
        self.clock.set(until)

    def connector(self) -> Connector:
        self.sandbox.hubspot.search_limit = self.sandbox.hubspot.burst_limit = None
        url = self.sandbox.hubspot_url
        self._made = HubSpotConnector(HubSpotSettings(name="hub", token="sandbox", base_url=url))
        return self._made

    def close(self) -> None:
        self._made.close()


steps = st.builds(
    Step,
    pause=st.sampled_from((0, 1, 5, 15, 15, 29, 60, 120)),
    records=st.frozensets(st.integers(0, RECORDS - 1), max_size=2),
    late=st.sampled_from((0.0, 0.0, 0.3, 0.7, 1.0)),
    skew=st.sampled_from((-300, 0, 300)),
)


def follow(watched: Watched, plan: list[Step], *, promptly: bool) -> int:
    """Carry a plan out, poll for it, and answer how many calls that took."""
    connector = watched.connector()
    stream = next(s for s in connector.streams([]) if s.kind is Kind.ACCOUNT)
    seen: dict[str, str] = {}
    cursor = look(connector, stream, None, watched.clock.now(), seen)
    for number, step in enumerate(plan, start=1):
        watched.pass_time(watched.clock.now() + timedelta(seconds=step.pause))
        if step.records:
            watched.act(number, step, 0.0 if promptly else step.late * watched.longest)
        else:
            now = watched.clock.now() + timedelta(seconds=step.skew)
            cursor = look(connector, stream, cursor, now, seen)
            watched.check(seen)
    for _ in range(2):
        watched.pass_time(watched.clock.now() + timedelta(seconds=watched.longest + 120))
        cursor = look(connector, stream, cursor, watched.clock.now(), seen)
        watched.check(seen)
    watched.close()
    return connector.calls.read + connector.calls.search


def look(
    connector: Connector, stream: Stream, cursor: Cursor | None, now: datetime, seen: dict[str, str]
) -> Cursor:
    """Poll once, read what it names, and note the accounts' names."""
    for page in connector.changed(stream, cursor, now):
        read = connector.read(stream, [ref.id for ref in page.refs]) if page.refs else []
        for one in (*page.snapshots, *read):
            if isinstance(one.entity, Account):
                seen[one.ref.id] = one.entity.name
        cursor = page.cursor
    assert cursor is not None
    return cursor


@pytest.fixture
def running() -> Iterator[Sandbox]:
    with start() as sandbox:
        yield sandbox


@pytest.mark.parametrize("crm", [WatchedOrg, WatchedPortal])
def test_every_late_change_is_seen_for_hardly_any_call(
    running: Sandbox, crm: type[Watched]
) -> None:
    spent = Counter[bool]()

    @settings(
        max_examples=PLANS,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(steps, min_size=20, max_size=40))
    def a_day(plan: list[Step]) -> None:
        for promptly in (False, True):
            running.reset()
            spent[promptly] += follow(crm(running), plan, promptly=promptly)

    a_day()
    assert spent[False] <= (1 + MOST_EXTRA_CALLS) * spent[True], spent
