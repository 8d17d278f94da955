"""An hour in which all goes wrong that can, and everybody says so in a customer's words."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests

from connectors.deliveries import Posted
from connectors.hubspot.signatures import SIGNATURE_V3, TIMESTAMP, signed_v3
from connectors.sandbox.world import Fault
from integration.jobs import intake
from integration.jobs.cycle import run_round
from integration.store import crms
from integration.store.engine import begin
from tests import worlds
from tests.e2e.pushed_day import Winback
from tests.e2e.pushing import APP_SECRET, FLOW_SECRET, PATH_SECRET

WORDS = "too expensive, says Frey (frey@frey.example)"


def a_bad_hour(day: Winback, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both CRMs fail and refuse, strangers and the CRMs themselves push nonsense, and the rules
    fail."""
    for plan in _failing():
        _play(day, plan)
    _refuse_writes(day)
    _refuse_the_log_in(day)
    knock(day.url)
    _fail_inside(day, monkeypatch)


def _failing() -> tuple[Fault, ...]:
    return (
        Fault("status", "salesforce", status=400, body=salesforce_error(WORDS), times=50),
        Fault("status", "hubspot", status=400, body=hubspot_error(WORDS), times=50),
        Fault("status", "salesforce", status=503, body=WORDS, times=50),
        Fault("status", "hubspot", status=403, body=hubspot_error(WORDS), times=50),
        Fault("html", "hubspot", times=50),
        Fault("cut", "salesforce", times=50),
    )


def _play(day: Winback, plan: Fault) -> None:
    day.sandbox.world.faults[:] = [plan]
    assert run_round(day.runtime, "sales" if plan.crm == "salesforce" else "hub").trouble
    day.sandbox.world.faults.clear()
    _go_on_at_once(day)


def _refuse_writes(day: Winback) -> None:
    """A rule of the org and one of the portal, each with a sentence about a customer."""
    rules = day.sandbox.salesforce.refusals.rules
    rules.append(lambda _type, _row: WORDS)
    day.sandbox.world.faults[:] = [
        Fault("status", "hubspot", "write", status=400, body=hubspot_error(WORDS), times=500)
    ]
    worlds.salesforce_losses(day.sandbox.salesforce, 1)
    worlds.hubspot_losses(day.sandbox.hubspot, 1)
    day.work(polled=True)
    rules.clear()
    day.sandbox.world.faults.clear()


def _refuse_the_log_in(day: Winback) -> None:
    body = {"error": "invalid_grant", "error_description": WORDS}
    day.sandbox.salesforce.sessions.expire_all()
    _play(day, Fault("status", "salesforce", "auth", status=400, body=body, times=50))


def _fail_inside(day: Winback, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(case: Any, *_: Any) -> Any:
        raise ValueError(f"{case.account} {WORDS}")

    with monkeypatch.context() as broken:
        broken.setattr(intake, "decide", fails)
        for desk in day.desks.values():
            desk.set_stage("Nord", "lost")
        for crm in day.desks:
            run_round(day.runtime, crm)


def _go_on_at_once(day: Winback) -> None:
    with begin(day.runtime.engine) as connection:
        for crm in day.desks:
            crms.change(connection, crm, blocked_until=None, failures=0)


def salesforce_error(words: str) -> list[dict[str, str]]:
    return [{"errorCode": "MALFORMED_QUERY", "message": f"unexpected token: {words}"}]


def hubspot_error(words: str) -> dict[str, str]:
    return {"status": "error", "category": "VALIDATION_ERROR", "message": words}


# ---- who pushes nonsense

DOORS = ("/hooks/hub", "/hooks/sales/nothing", "/hooks/nobody", f"/hooks/sales/{PATH_SECRET}")


def knock(url: str) -> None:
    """By strangers without a key, and by the CRMs with a body that nobody can read; none of it is
    taken."""
    for path in DOORS:
        for body in (WORDS.encode(), b"<x>" + WORDS.encode()):
            assert requests.post(url + path, data=body, timeout=10).status_code >= 400
    for nonsense in (WORDS.encode(), json.dumps([{"eventType": WORDS}, WORDS]).encode()):
        told = requests.post(
            f"{url}/hooks/hub", nonsense, headers=_signed(url, nonsense), timeout=10
        )
        flow = {"Content-Type": "application/json", "X-Winback-Secret": FLOW_SECRET}
        called = requests.post(f"{url}{DOORS[-1]}", nonsense, headers=flow, timeout=10)
        assert (told.status_code, called.status_code) == (400, 400)


def _signed(url: str, body: bytes) -> dict[str, str]:
    headers = {TIMESTAMP: str(int(time.time() * 1000))}
    posted = Posted("POST", f"{url}/hooks/hub", headers, body)
    return {**headers, SIGNATURE_V3: signed_v3(APP_SECRET, posted)}
