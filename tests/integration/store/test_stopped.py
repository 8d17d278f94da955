"""A process that is stopped in mid-transaction does not hold others up for ever."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from integration.store.engine import connect, libpq_url

SILENT_WITHIN = 0.05  # seconds
_IS_LOCKED = """SELECT 1 FROM pg_locks
    WHERE relation = 'pushes'::regclass AND mode = 'AccessExclusiveLock' AND granted"""


def test_not_even_where_its_rows_were_on_their_way(postgres_url: str) -> None:
    engine = connect(postgres_url, silent_within=SILENT_WITHIN)
    connection = engine.raw_connection()
    stopped: Any = connection.driver_connection
    pipeline = stopped.pipeline()
    pipeline.__enter__()
    stopped.execute("LOCK TABLE pushes")
    stopped.pgconn.send_flush_request()
    stopped.pgconn.flush()  # and here it stops, before the end of its pipeline
    with psycopg.connect(libpq_url(postgres_url)) as other:
        give_up_at = time.monotonic() + 10
        while not other.execute(_IS_LOCKED).fetchone():
            assert time.monotonic() < give_up_at
        other.execute("SET lock_timeout = '30s'")
        began = time.monotonic()
        other.execute("LOCK TABLE pushes")
        assert time.monotonic() - began > SILENT_WITHIN  # it was not taken for silent
    stopped.close()
    connection.invalidate()
    engine.dispose()
