"""What a database would choke on: NUL and halves of characters in a CRM's texts hold nobody up,
on both databases."""

from __future__ import annotations

from pathlib import Path

from connectors.sandbox.server import Sandbox
from integration.once import EXIT_FINE
from integration.runtime import wall_clock
from integration.store import inbox
from integration.store.engine import begin, connect
from rules.model import Account, Kind, Ref, Snapshot
from tests import worlds
from tests.e2e.odd_company import Hub

NUL = "Nul\x00 here"
HALF = "Half \ud83e of a unicorn"  # JSON can say it, by its escape


def test_a_nul_in_every_text_is_worked_off(
    sandbox: Sandbox, database_url: str, tmp_path: Path
) -> None:
    sandbox.hubspot.search_limit = None
    hub = Hub(sandbox)
    words = {"dealname": NUL, "closed_lost_reason": f"too expensive {NUL}"}
    lost = hub.lose(account={"name": NUL}, contact={"lastname": NUL}, deal=words)
    config = worlds.rule_file(tmp_path, sandbox, crms=("hub",), grace="1 second")
    worlds.provision(database_url, config)
    assert worlds.run_once(database_url, config).exit_code == EXIT_FINE
    assert len(hub.tasks(lost)) == len(worlds.TASK_KEYS)
    assert worlds.run_once(database_url, config).report["crms"]["hub"]["calls"]["write"] == 0


def test_half_a_character_is_kept_as_a_question_mark(database_url: str) -> None:
    account = Snapshot(Ref("companies", "1"), Kind.ACCOUNT, Account("1", HALF), {HALF: HALF})
    engine = connect(database_url)
    try:
        with begin(engine) as connection:
            inbox.store(connection, "hub", snapshots=[account], now=wall_clock())
            (signal,) = inbox.take(connection, "hub", 1)
    finally:
        engine.dispose()
    assert signal.snapshot is not None
    assert signal.snapshot.entity == Account("1", "Half ? of a unicorn")
