"""`winback run` with its doors open: what is pushed is worked long before the next poll."""

from __future__ import annotations

from pathlib import Path

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.salesforce.setup import ORGANIZATION_ID
from connectors.sandbox.server import Sandbox
from tests.e2e.pushing import APP_SECRET, FLOW_SECRET, PATH_SECRET, Player
from tests.integration.lost_customer import (
    HUBSPOT,
    SALESFORCE,
    SECRETS,
    lose_in_hubspot,
    lose_in_salesforce,
    rule_file,
    tasks_in,
)
from tests.integration.test_run import eventually, running, settled

DOORS = {"APP_SECRET": APP_SECRET, "PATH_SECRET": PATH_SECRET, "FLOW_SECRET": FLOW_SECRET}
SALES_KEYS = f"""poll_every = "1 hour"
org_id = "{ORGANIZATION_ID}"
path_secret = "env:PATH_SECRET"
webhook_secrets = ["env:FLOW_SECRET"]"""
HUB_KEYS = """poll_every = "1 hour"
webhook_secrets = ["env:APP_SECRET"]"""
POLLED = 'poll_every = "1 second"'


def test_what_is_pushed_is_worked_at_once(
    sandbox: Sandbox, tmp_path: Path, sqlite_url: str
) -> None:
    sales = (SALESFORCE % sandbox.salesforce_url).replace(POLLED, SALES_KEYS)
    hub = (HUBSPOT % sandbox.hubspot_url).replace(POLLED, HUB_KEYS)
    file = rule_file(tmp_path, sales, hub)
    sandbox.hubspot.token = SECRETS["HUBSPOT_TOKEN"]
    sandbox.hubspot.add_owner(PortalOwner("77", "ann@x.example"))  # owners have no webhooks
    sandbox.salesforce.sessions.client_id = SECRETS["SF_CLIENT_ID"]
    sandbox.salesforce.sessions.client_secret = SECRETS["SF_SECRET"]
    with running(file, sqlite_url, **DOORS) as winback:
        eventually(lambda: settled(winback.url))
        player = Player(sandbox, ORGANIZATION_ID)
        lose_in_salesforce(sandbox)
        lose_in_hubspot(sandbox)
        for request in player.requests():
            request.send(winback.url)
        eventually(lambda: tasks_in(sandbox) == {"sales": 1, "hub": 1})
        out, err, code = winback.end()
    assert (out, code) == ("", 0)
    for secret in DOORS.values():
        assert secret not in err
