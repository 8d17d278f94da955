"""When each push channel last brought something: kept cheaply, and told by doctor and status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from integration.config import read_config
from integration.last_delivery import SILENT, last_delivery
from integration.store import deliveries
from integration.store.deliveries import Arrival, LastDelivery
from integration.store.engine import begin, reading
from integration.web.noting import EVERY, Noting
from tests.integration.web.doors import ENVIRON, NOW, RULES, SALES, Stage, stage
from tests.payloads import payload

WRONG = {"X-HubSpot-Signature-v3": "bm90IG91cnM="}


@pytest.fixture
def acme(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    with stage(database_url, tmp_path) as made:
        yield made


def known(acme: Stage, crm: str) -> dict[str, LastDelivery]:
    with reading(acme.engine) as connection:
        return {one.channel: one for one in deliveries.last(connection, crm)}


def callout(acme: Stage, secret: str) -> int:
    sent = {"type": "Opportunity", "id": "006Wb0000000001IAA"}
    headers = {"X-Winback-Secret": secret, "Content-Type": "application/json"}
    return acme.client.post(SALES, data=json.dumps(sent), headers=headers).status_code


def test_each_channel_has_its_own_last_delivery(acme: Stage) -> None:
    assert acme.hubspot(payload("hubspot/creation.json")) == 204
    assert callout(acme, ENVIRON["FLOW_SECRET"]) == 204
    assert known(acme, "hub") == {"webhook": LastDelivery("webhook", NOW, None, None)}
    assert known(acme, "sales") == {"Flow callout": LastDelivery("Flow callout", NOW, None, None)}


def test_a_delivery_that_is_of_no_concern_shows_that_the_channel_lives(acme: Stage) -> None:
    assert acme.hubspot(b"[]") == 204
    assert acme.waiting("hub") == set()
    assert known(acme, "hub")["webhook"].accepted_at == NOW


def test_a_refused_delivery_is_told_with_the_reason(acme: Stage) -> None:
    assert callout(acme, "another") == 401
    [found] = known(acme, "sales").values()
    assert (found.accepted_at, found.refused_at) == (None, NOW)
    assert found.refused_because == "X-Winback-Secret is missing or wrong"
    assert acme.hubspot(payload("hubspot/creation.json"), **WRONG) == 401
    assert "secret" in (known(acme, "hub")["webhook"].refused_because or "")


def test_whoever_knocks_without_a_signature_is_not_the_crm(acme: Stage) -> None:
    """`doctor` itself knocks so."""
    assert acme.client.post("/hooks/hub", data=b"[]").status_code == 401
    assert acme.client.post("/hooks/sales/wrong", data=b"x").status_code == 404
    assert known(acme, "hub") == known(acme, "sales") == {}


def test_the_last_of_each_is_kept(acme: Stage) -> None:
    later = NOW + timedelta(hours=1)
    with begin(acme.engine) as connection:
        deliveries.note(connection, [Arrival("hub", "webhook", NOW, refused="no")])
        deliveries.note(connection, [Arrival("hub", "webhook", NOW)])
        deliveries.note(connection, [Arrival("hub", "webhook", later)])
    assert known(acme, "hub") == {"webhook": LastDelivery("webhook", later, NOW, "no")}


def test_a_channel_is_noted_once_in_a_while_however_much_it_brings() -> None:
    noting = Noting()
    seconds = range(0, 60, 5)
    due = [noting.due("hub", "webhook", NOW + timedelta(seconds=n)) for n in seconds]
    assert [one.at for one in due if one] == [NOW + n * EVERY for n in range(4)]
    assert noting.due("hub", "webhook", NOW, refused="no")
    assert noting.due("sales", "webhook", NOW)


def test_a_refusal_that_cannot_be_noted_is_answered_the_same(away: Stage) -> None:
    assert away.hubspot(payload("hubspot/creation.json"), **WRONG) == 401


MINUTES, DAYS = timedelta(minutes=3), SILENT + timedelta(days=1)
LONG_AGO = (NOW - DAYS).date()
TAKEN = LastDelivery("webhook", NOW - MINUTES, None, None)


@pytest.mark.parametrize(
    ("found", "ok", "says"),
    [
        ((), False, "none yet: change a watched record; if none comes, look at the log"),
        ((TAKEN,), True, "webhook 3 minutes ago"),
        ((replace(TAKEN, accepted_at=NOW - DAYS),), False, "webhook 5 days ago, none since"),
        (
            (LastDelivery("webhook", None, NOW - MINUTES, "the signature is wrong"),),
            False,
            "webhook refused 3 minutes ago (the signature is wrong): compare webhook_secrets",
        ),
        ((replace(TAKEN, refused_at=NOW - DAYS, refused_because="x"),), True, "3 minutes ago"),
        ((replace(TAKEN, refused_at=NOW, refused_because="x"),), False, "refused just now (x)"),
    ],
)
def test_what_doctor_says(
    found: tuple[LastDelivery, ...], ok: bool, says: str, tmp_path: Path
) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(RULES, encoding="utf-8")
    crms = read_config(file, ENVIRON).crms
    [finding] = last_delivery(crms["hub"], found, LONG_AGO, NOW)
    assert (finding.ok, finding.what) == (ok, "last delivery")
    assert says in finding.sentence
    assert list(last_delivery(crms["closed"], found, LONG_AGO, NOW)) == []


@pytest.mark.parametrize("since", [None, NOW.date()])
def test_a_channel_that_was_opened_just_now_is_not_a_fault(
    since: date | None, tmp_path: Path
) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(RULES, encoding="utf-8")
    settings = read_config(file, ENVIRON).crms["hub"]
    [finding] = last_delivery(settings, (), since, NOW)
    assert finding.ok
    assert finding.sentence.startswith("none yet: change a watched record")
