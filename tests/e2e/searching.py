"""A process that searches in a HubSpot portal as fast as its gate lets it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from connectors.hubspot.connector import HubSpotConnector, HubSpotSettings
from integration.call_gate import CallGate
from integration.quota import Terms
from integration.search_turns import SearchTurns
from integration.store.engine import connect


def main(database_url: str, portal_url: str, searches: int) -> None:
    engine = connect(database_url)
    gate = CallGate(
        engine,
        "hub",
        Terms(0.2, default_of=250_000, zone=UTC),
        searches=SearchTurns(engine, "hub", 5),
        wall=lambda: datetime.now(UTC),
    )
    settings = HubSpotSettings("hub", "sandbox", portal_url)
    api = HubSpotConnector(settings, gate=gate)._api
    for _ in range(searches):
        api.search("contacts", [], ["hs_object_id"])
    gate.settle()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
