"""A database that is gone without a word (its machine, the network between) is noticed: the system
asks on the connection whether the other side is there, and gives up soon."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from integration.store.engine import connect, libpq_url
from tests.postgres import Postgres
from tests.torture.proxy import FaultProxy


@pytest.fixture
def by_network(postgres: Postgres, postgres_url: str) -> Iterator[str]:
    """The database's URL, by TCP instead of its unix socket."""
    with closing(FaultProxy(Path(postgres.folder) / ".s.PGSQL.5432")) as proxy:
        yield postgres_url.partition("?")[0].replace("@/", f"@127.0.0.1:{proxy.port}/")


def patience(connection: psycopg.Connection) -> tuple[int, int]:
    """Seconds until a silent other side is taken for gone, and until what was sent is."""
    with socket.socket(fileno=socket.dup(connection.fileno())) as line:
        idle, interval, count = (
            line.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        sent = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        return idle + interval * count, sent // 1000


def test_every_connection_of_a_process_notices_within_25_seconds(by_network: str) -> None:
    engine = connect(by_network, connections=1)
    with engine.connect() as pooled:
        connection = pooled.connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        assert patience(connection) == (25, 25)
    engine.dispose()
    with psycopg.connect(libpq_url(by_network)) as of_the_queue:
        assert patience(of_the_queue) == (25, 25)


def test_the_url_may_say_otherwise(by_network: str) -> None:
    url = f"{by_network}?keepalives_idle=60&tcp_user_timeout=90000"
    with psycopg.connect(libpq_url(url)) as connection:
        assert patience(connection) == (75, 90)
