"""Signals: one row a record, and none lost while its record is being read."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from integration.store import inbox
from integration.store.engine import begin, reading
from rules.model import Ref
from tests.integration.store.records import NOW, account

DEAL = Ref("Opportunity", "D1")


def test_many_signals_for_a_record_are_one(engine: Engine) -> None:
    for _ in range(3):
        with begin(engine) as connection:
            inbox.store(connection, "sales", refs=[DEAL, DEAL], now=NOW)
    with reading(engine) as connection:
        [signal] = inbox.take(connection, "sales", 10)
    assert (signal.ref, signal.generation) == (DEAL, 3)


def test_a_signal_that_comes_while_the_record_is_read_stays(engine: Engine) -> None:
    with begin(engine) as connection:
        inbox.store(connection, "sales", refs=[DEAL], now=NOW)
        taken = inbox.take(connection, "sales", 10)
        inbox.store(connection, "sales", refs=[DEAL], now=NOW)
        inbox.settle(connection, "sales", taken)
        assert inbox.waiting(connection, "sales") == 1
        inbox.settle(connection, "sales", inbox.take(connection, "sales", 10))
        assert inbox.waiting(connection, "sales") == 0


def test_a_listing_that_gives_the_whole_record_is_kept_with_it(engine: Engine) -> None:
    with begin(engine) as connection:
        inbox.store(connection, "sales", snapshots=[account(name="Ünïon “A”")], now=NOW)
        [signal] = inbox.take(connection, "sales", 10)
    assert signal.snapshot == account(name="Ünïon “A”")


def test_the_cursor_moves_with_the_signals_or_not_at_all(engine: Engine) -> None:
    def killed_before_the_commit() -> None:
        with begin(engine) as connection:
            inbox.store(connection, "sales", refs=[DEAL], now=NOW)
            inbox.move_cursor(connection, "sales", "Opportunity", inbox.Reached({"at": 1}), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        killed_before_the_commit()
    with reading(engine) as connection:
        assert inbox.waiting(connection, "sales") == 0
        assert inbox.reached(connection, "sales", "Opportunity") is None


def test_one_crm_does_not_see_the_others_signals(engine: Engine) -> None:
    with begin(engine) as connection:
        inbox.store(connection, "hub", refs=[DEAL], now=NOW)
        assert inbox.take(connection, "sales", 10) == []
