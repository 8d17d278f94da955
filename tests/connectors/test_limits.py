"""What each CRM's answers say of its limits."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from connectors.hubspot import limits as hubspot
from connectors.limits import Told
from connectors.salesforce import limits as salesforce

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("api-usage=18/5000", Told(18, 5_000)),
        ("api-usage=18/5000; per-app-api-usage=17/250(appName=x)", Told(18, 5_000, ours=17)),
        ("per-app-api-usage=17/250(appName=x); api-usage=18/5000", Told(18, 5_000, ours=17)),
        ("api-usage=6000/5000", Told(6_000, 5_000)),  # a limit that may be run over
        ("per-app-api-usage=17/250(appName=x)", None),
        ("api-usage=18/0", None),
        ("api-usage=many", None),
        ("", None),
    ],
)
def test_salesforce_tells_the_calls_of_the_day_in_one_header(line: str, told: Told | None) -> None:
    assert salesforce.told({"Sforce-Limit-Info": line}) == told


BURST = {"Max": "190", "Remaining": "7", "Interval-Milliseconds": "10000"}
DAY = {"Daily": "650000", "Daily-Remaining": "649000"}


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (BURST | DAY, Told(1_000, 650_000, None, 190, 7, 10.0, BERLIN)),
        (DAY, Told(1_000, 650_000, zone=BERLIN)),
        (BURST, Told(burst=190, burst_left=7, burst_seconds=10.0, zone=BERLIN)),  # an OAuth app
        ({"Daily": "100", "Daily-Remaining": "200"}, Told(0, 100, zone=BERLIN)),
        ({"Daily": "650000"}, None),
        ({"Daily": "0", "Daily-Remaining": "0"}, None),
        ({"Daily": "-1", "Daily-Remaining": "none"}, None),
        ({}, None),  # a search
    ],
)
def test_hubspot_tells_the_day_and_the_burst(headers: dict[str, str], told: Told | None) -> None:
    named = {f"X-HubSpot-RateLimit-{name}": value for name, value in headers.items()}
    assert hubspot.told(named, BERLIN) == told
