"""A process killed in the middle of a CRM's history: what was stored is not read again."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.sandbox.server import Sandbox
from integration.store.engine import connect, reading
from integration.store.tables import signals
from tests.e2e.killing import Scene

pytestmark = pytest.mark.slow

CONTACTS = {"sales": ("Contact", 2_100), "hub": ("contacts", 1_100)}
"""Two pages of each."""

KILLED_AT = 3
"""Pages that were stored by then: of owners, accounts, and the first one of the contacts."""


@pytest.fixture
def scene(sandbox: Sandbox, sqlite_url: str, tmp_path: Path) -> Scene:
    scene = Scene(sandbox, sqlite_url, tmp_path)
    scene.lose(1, 1)
    for number in range(CONTACTS["sales"][1]):
        sandbox.salesforce.create("Contact", {"LastName": f"Contact {number}"})
    for number in range(CONTACTS["hub"][1]):
        sandbox.hubspot.create("contacts", {"lastname": f"Contact {number}"})
    return scene


def looks(scene: Scene, crm: str) -> list[int]:
    """How often each contact that waits to be looked at was read from the CRM."""
    engine = connect(scene.url)
    with reading(engine) as connection:
        waiting = sa.select(signals.c.generation).where(
            signals.c.crm == crm, signals.c.type == CONTACTS[crm][0]
        )
        found = list(connection.execute(waiting).scalars())
    engine.dispose()
    return found


@pytest.mark.parametrize("crm", ["sales", "hub"])
def test_the_next_process_goes_on_behind_the_last_page(scene: Scene, crm: str) -> None:
    number = CONTACTS[crm][1]
    assert scene.run(crm, crash=f"cursor moved:{KILLED_AT}") == -signal.SIGKILL
    assert number / 2 < len(looks(scene, crm)) < number
    assert scene.run(crm, crash="claimed:1") == -signal.SIGKILL  # once all of it is read
    assert looks(scene, crm) == [1] * (number + 1)
