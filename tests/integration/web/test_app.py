"""Health, metrics and what holds for every answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from connectors.base import PushKind
from integration.cli.status import as_wire
from integration.quota import Terms
from integration.store import crms, deliveries, outbox, pulse, quota, telling
from integration.store.deliveries import Arrival
from integration.store.engine import begin, connect, reading
from integration.store.tables import customers, pushes
from integration.store.vitals import Installation
from integration.web.app import HEADERS, create_app
from integration.web.health import Found, Watched, health_pages, workers_of_queue

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AN_HOUR_AGO = NOW - timedelta(hours=1)


@pytest.fixture
def watched(database_url: str) -> Iterator[Watched]:
    engine = connect(database_url)
    yield Watched(engine, ("sales", "hub"), wall=lambda: NOW)
    engine.dispose()


@pytest.fixture
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A store whose database does not answer."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('away') / 'no such folder' / 'w.db'}")
    yield Watched(engine, ("sales",), wall=lambda: NOW)
    engine.dispose()


def client(watched: Watched) -> FlaskClient:
    return create_app(watched).test_client()


def a_day_of_work(watched: Watched) -> None:
    """Sales is green, was called five times, has one row on its way and one parked; the brake
    holds in the hub."""
    with begin(watched.engine) as connection:
        for name in watched.crms:
            crms.state(connection, name)
        crms.change(connection, "sales", health="green", polled_at=AN_HOUR_AGO)
        crms.change(connection, "hub", health="green", storm_since=AN_HOUR_AGO)
        deliveries.note(connection, [Arrival("hub", "webhook", AN_HOUR_AGO)])
        quota.stock(connection, "sales", NOW, Terms(0.2, default_of=1_000))
        quota.count(connection, "sales", AN_HOUR_AGO, 5)
        made = connection.execute(sa.insert(customers).values(crm="sales", changed_at=NOW))
        assert made.inserted_primary_key
        for number, state in enumerate(("pending", "parked")):
            outbox.add(
                connection,
                crm="sales",
                kind=PushKind.FIELD,
                stream=f"Account:{number}",
                type="Account",
                customer_id=made.inserted_primary_key[0],
                payload={},
                state=state,
                now=AN_HOUR_AGO,
            )
        connection.execute(
            sa.update(pushes).where(pushes.c.state == "parked").values(reason="refused")
        )


def test_alive_asks_nobody(away: Watched) -> None:
    answer = client(away).get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"alive": True})


def test_ready_before_the_first_round(watched: Watched) -> None:
    answer = client(watched).get("/readyz")
    assert answer.status_code == 200
    assert answer.json
    assert answer.json["crms"]["sales"]["health"] == "unknown"


def test_ready_tells_how_each_crm_stands(watched: Watched) -> None:
    a_day_of_work(watched)
    pulse.tick(watched.engine, NOW - timedelta(seconds=8))
    answer = client(watched).get("/readyz")
    assert answer.json == {
        "ready": True,
        "because": [],
        "database": "ok",
        "clock": {"ticked_at": "2026-11-21T11:59:52+00:00", "lag_in_seconds": 8.0},
        "workers": 1,
        "crms": {
            "sales": {
                "health": "green",
                "faults": 0,
                "paused": False,
                "last_success_at": AN_HOUR_AGO.isoformat(),
                "oldest_due_at": AN_HOUR_AGO.isoformat(),
                "parked": 1,
                "held": 0,
                "storm_since": None,
            },
            "hub": {
                "health": "green",
                "faults": 0,
                "paused": False,
                "last_success_at": None,
                "oldest_due_at": None,
                "parked": 0,
                "held": 0,
                "storm_since": AN_HOUR_AGO.isoformat(),
            },
        },
    }


def test_ready_counts_what_waits_for_a_person_as_status_does(watched: Watched) -> None:
    a_day_of_work(watched)
    nobody = {"key": "r1:listen:1", "because": "nobody owns the account"}
    with begin(watched.engine) as connection:
        [customer] = connection.execute(sa.select(customers.c.id)).scalars()
        connection.execute(sa.update(customers).values(unassigned=[nobody]))
        for number, by in enumerate(("budget", "storm")):
            outbox.add(
                connection,
                crm="sales",
                kind=PushKind.TASK_CREATE,
                stream=f"r1:step{number}:1",
                type="Task",
                customer_id=customer,
                payload={},
                state="held",
                held_by=by,
                now=NOW,
            )
    answer = client(watched).get("/readyz").json
    with reading(watched.engine) as connection:
        told = as_wire(telling.standing(connection, "sales", NOW))
    assert answer
    counted = answer["crms"]["sales"]
    assert (counted["held"], counted["parked"]) == (told["held"], len(told["parked"])) == (1, 2)


def test_not_ready_while_a_crm_is_red(watched: Watched) -> None:
    a_day_of_work(watched)
    with begin(watched.engine) as connection:
        crms.change(connection, "hub", health="red", sentence="HubSpot refuses the token")
    answer = client(watched).get("/readyz")
    assert answer.status_code == 503
    assert "HubSpot refuses" not in answer.text  # anybody may ask


def because(watched: Watched) -> list[str]:
    """Why it is not ready."""
    answer = client(watched).get("/readyz")
    assert answer.json
    assert (answer.status_code == 503) is bool(answer.json["because"])
    found: list[str] = answer.json["because"]
    return found


def test_not_ready_while_rounds_fail_inside_winback(watched: Watched) -> None:
    a_day_of_work(watched)
    for _ in range(3):
        assert because(watched) == []
        with begin(watched.engine) as connection:
            crms.fault(connection, "hub")
    assert because(watched) == ["rounds fail: hub"]
    with begin(watched.engine) as connection:
        crms.no_fault(connection, "hub")
    assert because(watched) == []


def test_not_ready_while_the_clock_is_late(watched: Watched) -> None:
    pulse.tick(watched.engine, NOW - timedelta(seconds=61))
    assert because(watched) == ["clock late"]
    pulse.tick(watched.engine, NOW)
    assert because(watched) == []


def test_a_clock_that_never_ran_is_late_after_a_minute(watched: Watched) -> None:
    assert because(replace(watched, since=NOW - timedelta(seconds=60))) == []
    assert because(replace(watched, since=NOW - timedelta(seconds=61))) == ["clock late"]


def test_not_ready_where_work_is_queued_and_nobody_does_it(postgres_url: str) -> None:
    engine = connect(postgres_url)
    queues = Watched(engine, ("sales",), workers_of_queue, wall=lambda: NOW)
    assert because(queues) == ["no worker"]
    with begin(engine) as connection:
        connection.execute(sa.text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
    assert because(queues) == []
    engine.dispose()


def test_not_ready_while_the_database_is_away(away: Watched) -> None:
    answer = client(away).get("/readyz")
    assert answer.status_code == 503
    wanted = {"ready": False, "because": ["database away"], "database": "away", "crms": {}}
    assert answer.json == wanted


class Silent:
    """A database that answers once it is told to."""

    wall = staticmethod(lambda: NOW)

    def __init__(self) -> None:
        self.speaks = threading.Event()
        self.looks = 0

    def look(self) -> Found:
        self.looks += 1
        self.speaks.wait()
        return Found(Installation((), NOW), 1, NOW, NOW)


def test_a_silent_database_is_away_and_asked_once_at_a_time() -> None:
    silent = Silent()
    app = Flask(__name__)
    app.register_blueprint(health_pages(silent, look_within=0.05))
    for _ in range(3):
        answer = app.test_client().get("/readyz")
        assert answer.status_code == 503
        assert answer.json is not None
        assert answer.json["because"] == ["database away"]
    assert silent.looks == 1
    silent.speaks.set()
    assert app.test_client().get("/readyz").status_code == 200


def test_metrics(watched: Watched) -> None:
    a_day_of_work(watched)
    answer = client(watched).get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    for line in (
        "winback_database_up 1",
        "winback_workers 1",
        'winback_pushes_parked{crm="sales",reason="refused"} 1',
        'winback_last_delivery_age_seconds{crm="hub",channel="webhook"} 3600',
        'winback_calls_share{crm="sales"} 200',
        'winback_pushes{crm="sales",kind="field",state="pending"} 1',
        'winback_pushes{crm="sales",kind="field",state="parked"} 1',
        'winback_customers_to_decide{crm="sales"} 1',
        'winback_signals_waiting{crm="sales"} 0',
        'winback_calls_made{crm="sales"} 5',
        'winback_crm_health{crm="sales",health="green"} 1',
        'winback_storm_brake{crm="hub"} 1',
        'winback_last_poll_age_seconds{crm="sales"} 3600',
        'winback_oldest_due_age_seconds{crm="sales"} 3600',
    ):
        assert line in lines
    assert answer.text.endswith("\n")


def test_metrics_say_that_the_database_is_away(away: Watched) -> None:
    answer = client(away).get("/metrics")
    assert answer.status_code == 200
    assert "winback_database_up 0" in answer.text.splitlines()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/nowhere", "/"])
def test_every_answer_is_locked_down(away: Watched, path: str) -> None:
    headers = client(away).get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "Server" not in headers
    assert "Set-Cookie" not in headers


def test_what_is_not_there_is_told_in_json(away: Watched) -> None:
    asked = client(away)
    assert asked.get("/hooks").json == {"error": "not found"}
    refused = asked.post("/healthz")
    assert (refused.status_code, refused.json) == (405, {"error": "method not allowed"})
    assert "GET" in refused.headers["Allow"]


def test_a_fault_of_ours_gives_nothing_away(
    away: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> datetime:
        raise ValueError("customer's words")

    app = create_app(replace(away, wall=fails))
    answer = app.test_client().get("/metrics")
    assert (answer.status_code, answer.json) == (500, {"error": "internal server error"})
    assert "a page failed" in caplog.text
