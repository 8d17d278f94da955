"""A sandbox, a store and the rule file, opened anew for each day."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connectors.sandbox.server import start
from tests import worlds
from tests.postgres import Postgres
from tests.torture.desks import Desk, HubDesk, SalesDesk

GRACE = "1 second"
DESKS: dict[str, type[Desk]] = {"salesforce": SalesDesk, "hubspot": HubDesk}

NewStore = Callable[[], tuple[str, Callable[[], None]]]
"""Makes an empty store; answers its URL and what drops it."""

_numbers = itertools.count(1)


@dataclass
class Scene:
    desk: Desk
    config: Path
    colleague: str
    drop: Callable[[], None]

    def close(self) -> None:
        self.desk.sandbox.close()
        self.drop()


def open_scene(crm: str, folder: Path, new_store: NewStore) -> Scene:
    """An empty CRM with our fields in it, and nobody lost yet."""
    place = folder / f"day{next(_numbers)}"
    place.mkdir()
    url, drop = new_store()

    def forget() -> None:
        drop()
        shutil.rmtree(place)

    sandbox = start()
    sandbox.hubspot.search_limit = sandbox.hubspot.burst_limit = None  # they go by the real clock
    desk = DESKS[crm](sandbox, url, place)
    config = desk.config(grace=GRACE)
    worlds.provision(url, config)
    return Scene(desk, config, desk.new_owner("Cleo Ray"), forget)


def sqlite_stores(template: Path, folder: Path) -> NewStore:
    """Stores that are copies of a migrated database file."""

    def new() -> tuple[str, Callable[[], None]]:
        file = folder / f"store{next(_numbers)}.db"
        for part in template.parent.glob(f"{template.name}*"):
            shutil.copy(part, file.with_name(part.name.replace(template.name, file.name)))

        def drop() -> None:
            for part in file.parent.glob(f"{file.name}*"):
                part.unlink()

        return f"sqlite:///{file}", drop

    return new


def postgres_stores(server: Postgres, template: str) -> NewStore:
    """Databases that are copies of a migrated one."""

    def new() -> tuple[str, Callable[[], None]]:
        database = f"store_{next(_numbers)}"
        return server.create(database, template=template), lambda: server.drop(database)

    return new
