"""`winback once --dry-run` beside others who work on the same store."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from integration.cli.ending import end_on_signals
from integration.store.engine import connect
from integration.store.locks import only_process
from integration.store.tables import metadata
from tests import worlds
from tests.integration.cli.conftest import Desk

COUNTED = {"quotas", "calls_made"}
"""The calls of a rehearsal are everybody's."""


def kept(url: str) -> dict[str, list[tuple[object, ...]]]:
    engine = connect(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """The command ends on a signal; this process goes on."""
    kept = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}
    yield
    for sign, found in kept.items():
        signal.signal(sign, found)


def test_a_rehearsal_runs_beside_others_and_keeps_nothing(
    each_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = each_desk
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    left_behind = tmp_path / "temporary" / "winback-dry-run-4194305-killed"
    left_behind.mkdir(parents=True)
    worlds.provision(desk.url, desk.config)
    desk.once()
    worlds.salesforce_losses(desk.sandbox.salesforce, 2)
    before, ledger = kept(desk.url), len(desk.sandbox.world.ledger)
    engine = connect(desk.url)
    with only_process(desk.url, engine):
        result = desk("once", "--dry-run", "--json")
    engine.dispose()
    assert "the dry run works on a copy" in result.stderr
    assert not left_behind.exists()
    report = json.loads(result.stdout)["crms"]["sales"]
    assert report["losses"]["customer"] == 2
    assert (report["tasks"]["wanted"], len(report["rehearsed"])) == (6, 6)
    after = kept(desk.url)
    assert {name for name in after if after[name] != before[name]} == COUNTED
    assert len(desk.sandbox.world.ledger) == ledger
    assert list((tmp_path / "temporary").iterdir()) == []

    desk.once()
    assert len(desk.sandbox.salesforce.all("Task")) == 6


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_rehearsal_that_is_ended_early_is_not_called_fine(number: signal.Signals) -> None:
    end_on_signals(unfinished=True)
    with pytest.raises(SystemExit) as ended:
        os.kill(os.getpid(), number)
    assert ended.value.code == 128 + number
