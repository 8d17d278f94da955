"""Rule files as they were put in force."""

from __future__ import annotations

from datetime import timedelta

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


def test_a_text_that_comes_back_is_in_force_again(engine: Engine) -> None:
    with begin(engine) as connection:
        for day, text in enumerate(["a = 1", "a = 2", "a = 1", "a = 1"]):
            revisions.publish(connection, text, NOW + timedelta(days=day))
        assert revisions.in_force(connection) == (1, NOW + timedelta(days=2))
