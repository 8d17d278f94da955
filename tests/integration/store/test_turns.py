"""One turn at a time for each CRM: whoever comes late with a commit is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine

from integration.store import crms, turns
from integration.store.engine import begin, connect, reading


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = connect(postgres_url)
    turns.guard(engine)
    yield engine
    engine.dispose()


def next_turn(engine: Engine) -> Engine:
    with begin(engine) as connection:
        number = turns.take(connection, "sales")
    return turns.in_turn(engine, "sales", number)


def note(engine: Engine, sentence: str) -> None:
    with begin(engine) as connection:
        crms.state(connection, "sales")
        crms.change(connection, "sales", sentence=sentence)


def noted(engine: Engine) -> str:
    with begin(engine) as connection:
        return crms.state(connection, "sales").sentence


def test_a_turn_writes_until_the_next_one_is_taken(engine: Engine) -> None:
    first = next_turn(engine)
    note(first, "by the first")
    second = next_turn(engine)
    with pytest.raises(turns.TurnLost, match="turn 1 at sales is over, 2 has begun"):
        note(first, "too late")
    assert noted(engine) == "by the first"
    note(second, "by the second")
    assert noted(engine) == "by the second"


def test_a_turn_taken_in_mid_transaction_refuses_it(engine: Engine) -> None:
    first = next_turn(engine)
    with ExitStack() as under_way:
        connection = under_way.enter_context(begin(first))
        crms.state(connection, "sales")
        next_turn(engine)
        with pytest.raises(turns.TurnLost):
            under_way.close()
    with reading(first) as connection:  # looking is free
        assert crms.polled_at(connection, "sales") is None


def test_turns_of_other_crms_are_apart(engine: Engine) -> None:
    first = next_turn(engine)
    with begin(engine) as connection:
        assert turns.take(connection, "hub") == 1
    note(first, "still ours")
