"""A process that starts waits for a database that is away, and for one that cuts it off."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from integration.cli.awaiting import once_it_answers
from integration.store.engine import connect, reading


def test_a_connection_that_is_cut_under_a_statement_is_opened_again(postgres_url: str) -> None:
    engine = connect(postgres_url)
    cut = iter([True, False])

    def ask() -> int:
        with reading(engine) as connection:
            if next(cut):
                connection.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
            return int(connection.execute(sa.text("SELECT 7")).scalar_one())

    assert once_it_answers(ask) == 7
    engine.dispose()


def test_what_is_no_absence_is_raised(postgres_url: str) -> None:
    engine = connect(postgres_url)

    def ask() -> None:
        with reading(engine) as connection:
            connection.execute(sa.text("SET LOCAL statement_timeout = '1ms'"))
            connection.execute(sa.text("SELECT pg_sleep(1)"))

    with pytest.raises(OperationalError):
        once_it_answers(ask)
    engine.dispose()
