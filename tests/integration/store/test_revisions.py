"""Rule files as they were put in force."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, Engine

from integration.store import revisions
from integration.store.engine import begin
from integration.store.revisions import How, Plans
from tests.integration.store.records import NOW


def test_a_text_keeps_its_number(engine: Engine) -> None:
    with begin(engine) as connection:
        first = revisions.ran(connection, "a = 1", NOW)
        second = revisions.publish(connection, "a = 2", NOW)
        assert (first, second) == (1, 2)
        assert revisions.ran(connection, "a = 1", NOW) == first


def test_a_text_that_comes_back_is_in_force_again(engine: Engine) -> None:
    with begin(engine) as connection:
        for day, text in enumerate(["a = 1", "a = 2", "a = 1", "a = 1"]):
            revisions.ran(connection, text, NOW + timedelta(days=day))
        assert revisions.in_force(connection) == (1, NOW + timedelta(days=2))


def test_the_history_says_who_put_what_in_force_and_why(engine: Engine) -> None:
    with begin(engine) as connection:
        revisions.ran(connection, "a = 1", NOW)
        revisions.publish(connection, "a = 2", NOW, by="ann", why="more calls", plans=Plans.REPLAN)
        revisions.publish(connection, "a = 1", NOW, how=How.ROLLED_BACK)
        told = [(r.number, r.how, r.by, r.why, r.plans) for r in revisions.history(connection)]
        assert _current(connection) == (1, "a = 1", True)
    assert told == [
        (1, How.RAN, "", "", Plans.KEEP),
        (2, How.PUBLISHED, "ann", "more calls", Plans.REPLAN),
        (1, How.ROLLED_BACK, "", "", Plans.KEEP),
    ]


def _current(connection: Connection) -> tuple[int, str, bool]:
    current = revisions.current_revision(connection)
    assert current is not None
    return current.number, current.text, current.published
