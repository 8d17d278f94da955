"""Health, metrics and what holds for every answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from connectors.base import Calls, PushKind
from integration.quota import Terms
from integration.store import crms, outbox, quota
from integration.store.engine import begin, connect
from integration.store.tables import customers
from integration.web.app import HEADERS, create_app
from integration.web.health import Watched

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AN_HOUR_AGO = NOW - timedelta(hours=1)


@pytest.fixture
def watched(database_url: str) -> Iterator[Watched]:
    engine = connect(database_url)
    yield Watched(engine, ("sales", "hub"), {"sales": Calls(read=7)}, wall=lambda: NOW)
    engine.dispose()


@pytest.fixture
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A store whose database does not answer."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('away') / 'no such folder' / 'w.db'}")
    yield Watched(engine, ("sales",), {}, wall=lambda: NOW)
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
    answer = client(watched).get("/readyz")
    assert answer.json == {
        "ready": True,
        "database": "ok",
        "crms": {
            "sales": {
                "health": "green",
                "paused": False,
                "last_success_at": AN_HOUR_AGO.isoformat(),
                "oldest_due_at": AN_HOUR_AGO.isoformat(),
                "parked": 1,
                "held": 0,
                "storm_since": None,
            },
            "hub": {
                "health": "green",
                "paused": False,
                "last_success_at": None,
                "oldest_due_at": None,
                "parked": 0,
                "held": 0,
                "storm_since": AN_HOUR_AGO.isoformat(),
            },
        },
    }


def test_not_ready_while_a_crm_is_red(watched: Watched) -> None:
    a_day_of_work(watched)
    with begin(watched.engine) as connection:
        crms.change(connection, "hub", health="red", sentence="HubSpot refuses the token")
    answer = client(watched).get("/readyz")
    assert answer.status_code == 503
    assert "HubSpot refuses" not in answer.text  # anybody may ask


def test_not_ready_while_rounds_fail_inside_winback(watched: Watched) -> None:
    failing = replace(watched, faults=lambda crm: 3 if crm == "hub" else 0)
    answer = client(failing).get("/readyz")
    assert answer.status_code == 503
    assert answer.json
    assert answer.json["crms"]["hub"]["health"] == "red"


def test_not_ready_while_the_database_is_away(away: Watched) -> None:
    answer = client(away).get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "database": "away", "crms": {}}


def test_metrics(watched: Watched) -> None:
    a_day_of_work(watched)
    answer = client(watched).get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    for line in (
        "winback_database_up 1",
        'winback_api_calls_total{crm="sales",kind="read"} 7',
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
