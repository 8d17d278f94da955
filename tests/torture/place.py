"""Where a drill is held: a folder, a kind of database with a new store for each asking, a size."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal, TypeVar

from connectors.sandbox.server import Sandbox
from integration.store.engine import upgrade
from tests.postgres import Postgres, running_postgres
from tests.torture.proxy import FaultProxy
from tests.torture.scene import NewStore, postgres_stores, sqlite_stores

T = TypeVar("T")
Store = Literal["sqlite", "postgres"]
_numbers = itertools.count(1)


class Size(StrEnum):
    SMALL = "small"  # of `make test`: seconds, on a machine that may be busy
    FULL = "full"  # the numbers of the facts

    def of(self, small: T, full: T) -> T:
        return small if self is Size.SMALL else full

    @property
    def patience(self) -> float:
        """How many times longer than allowed something may take: a test does not fail because
        the machine is busy, the full size measures."""
        return self.of(15.0, 1.0)


@dataclass
class Place:
    store: Store
    size: Size
    folder: Path
    new_store: NewStore
    say: Callable[[float, float], None] = field(default=lambda _done, _total: None)
    postgres: Postgres | None = None
    seed: int = 7

    @contextmanager
    def fresh(self) -> Iterator[tuple[str, Path]]:
        """An empty store's URL and an empty folder, both gone afterwards."""
        url, drop = self.new_store()
        folder = self.folder / f"drill{next(_numbers)}"
        folder.mkdir()
        try:
            yield url, folder
        finally:
            drop()

    def through(self, url: str, proxy: FaultProxy) -> str:
        """The same PostgreSQL database by a proxy."""
        return f"{url.partition('?')[0].replace('@/', f'@127.0.0.1:{proxy.port}/')}"

    def database_proxy(self) -> FaultProxy:
        assert self.postgres is not None
        return FaultProxy(self.postgres.folder / ".s.PGSQL.5432")


class Proxied(Sandbox):
    """The sandbox, with a fault proxy before each CRM."""

    def __init__(self, latency: float = 0.0) -> None:
        self._proxies: dict[str, FaultProxy] = {}
        super().__init__(latency=latency)

    def proxy(self, crm: str) -> FaultProxy:
        if crm not in self._proxies:
            port = self._listeners[("salesforce", "hubspot").index(crm)].url.rpartition(":")[2]
            self._proxies[crm] = FaultProxy(("127.0.0.1", int(port)))
        return self._proxies[crm]

    @property
    def salesforce_url(self) -> str:
        return f"http://127.0.0.1:{self.proxy('salesforce').port}"

    @property
    def hubspot_url(self) -> str:
        return f"http://127.0.0.1:{self.proxy('hubspot').port}"

    def close(self) -> None:
        for proxy in self._proxies.values():
            proxy.close()
        super().close()


@contextmanager
def stores(folder: Path) -> Iterator[Callable[[Store, Size], Place]]:
    """Makes places on either database; the servers that they need end with it."""
    with ExitStack() as running:
        made: dict[Store, tuple[NewStore, Postgres | None]] = {}

        def place(store: Store, size: Size) -> Place:
            if store not in made:
                made[store] = _sqlite(folder) if store == "sqlite" else _postgres(running)
            new_store, postgres = made[store]
            return Place(store, size, folder, new_store, postgres=postgres)

        yield place


def _sqlite(folder: Path) -> tuple[NewStore, None]:
    template = folder / "migrated.db"
    upgrade(f"sqlite:///{template}")
    return sqlite_stores(template, folder), None


def _postgres(running: ExitStack) -> tuple[NewStore, Postgres]:
    server = running.enter_context(running_postgres())
    upgrade(server.create("migrated"))
    return postgres_stores(server, "migrated"), server
