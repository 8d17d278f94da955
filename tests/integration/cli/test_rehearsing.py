"""`winback once --dry-run` beside others who work on the same store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from integration.cli.ending import end_on_signals
from integration.cli.rehearsing import COPY, PREFIX, _sweep
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


def a_copy(temporary: Path, name: str) -> Path:
    folder = temporary / f"{PREFIX}{name}"
    folder.mkdir(parents=True)
    (folder / COPY).touch()
    return folder


def test_a_rehearsal_runs_beside_others_and_keeps_nothing(
    each_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = each_desk
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    left_behind = a_copy(tmp_path / "temporary", "killed")
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


HOLDS = """
import sys
from pathlib import Path
from integration.cli.rehearsing import _held
with _held(Path(sys.argv[1])):
    print("holds", flush=True)
    sys.stdin.read()
"""


def test_a_copy_goes_by_who_holds_it_and_not_by_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    nobodys_number, ours = a_copy(tmp_path, "4194305-others"), a_copy(tmp_path, f"{os.getpid()}-x")
    new = tmp_path / f"{PREFIX}new"
    new.mkdir()
    command = [sys.executable, "-c", HOLDS, str(nobodys_number)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"holds\n"
        _sweep()
        assert set(tmp_path.iterdir()) == {nobodys_number, new}
        assert not ours.exists()
        other.kill()
    _sweep()
    assert list(tmp_path.iterdir()) == [new]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_rehearsal_that_is_ended_early_is_not_called_fine(number: signal.Signals) -> None:
    end_on_signals(unfinished=True)
    with pytest.raises(SystemExit) as ended:
        os.kill(os.getpid(), number)
    assert ended.value.code == 128 + number
