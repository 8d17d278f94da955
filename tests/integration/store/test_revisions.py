"""Rule files as they were put in force."""

from __future__ import annotations

from sqlalchemy import Engine

from integration.store import revisions
from integration.store.engine import begin
from tests.integration.store.records import NOW


def test_a_text_keeps_its_number(engine: Engine) -> None:
    with begin(engine) as connection:
        first = revisions.publish(connection, "a = 1", NOW)
        second = revisions.publish(connection, "a = 2", NOW)
        assert (first, second) == (1, 2)
        assert revisions.publish(connection, "a = 1", NOW) == first
