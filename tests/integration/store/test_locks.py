"""The only process on a store; its lock on PostgreSQL falls with a connection, and is looked
after."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from integration.store.engine import connect
from integration.store.locks import ADVISORY_KEY, Busy, only_process

LOOK_EVERY = 0.3

_servers = get_context("forkserver")


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = connect(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def other(postgres_url: str) -> Iterator[Connection]:
    """Somebody else's connection."""
    engine = connect(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def takes(other: Connection) -> bool:
    return bool(other.execute(sa.select(sa.func.pg_try_advisory_lock(ADVISORY_KEY))).scalar())


def cut(other: Connection) -> None:
    """End the connection that has the lock."""
    held = sa.text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    assert other.execute(held).scalars().all()


def eventually(holds: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came about"
        time.sleep(0.01)


def test_a_lock_that_fell_is_taken_anew_while_nobody_else_has_it(
    postgres_url: str, engine: Engine, other: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    lost = threading.Event()
    with only_process(postgres_url, engine, lost=lost.set, look_every=LOOK_EVERY):
        cut(other)
        eventually(lambda: "taken anew" in caplog.text)
        assert not takes(other)
        assert not lost.is_set()
    eventually(lambda: takes(other))


def test_a_process_hears_that_another_one_has_the_store(
    postgres_url: str, engine: Engine, other: Connection
) -> None:
    lost = threading.Event()
    with only_process(postgres_url, engine, lost=lost.set, look_every=LOOK_EVERY):
        cut(other)
        eventually(lambda: takes(other))
        assert lost.wait(30)


def hold(url: str) -> None:
    """The process's own side: `winback run` without its rounds."""
    logging.basicConfig()
    with only_process(url, connect(url), look_every=LOOK_EVERY):
        time.sleep(60)


def test_a_process_whose_store_was_taken_ends_at_once(postgres_url: str, other: Connection) -> None:
    process = _servers.Process(target=hold, args=(postgres_url,))
    process.start()
    taken = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
    eventually(lambda: other.execute(taken).scalar())
    cut(other)
    eventually(lambda: takes(other))
    process.join(30)
    assert process.exitcode == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_second_process_is_refused_with_a_sentence(
    kind: str, request: pytest.FixtureRequest
) -> None:
    url: str = request.getfixturevalue(f"{kind}_url")
    first, second = connect(url), connect(url)
    with (
        only_process(url, first),
        pytest.raises(Busy, match="another winback process works on this store"),
        only_process(url, second, patience=0.0),
    ):
        raise AssertionError("both have it")
    with only_process(url, second):
        pass
    first.dispose()
    second.dispose()
