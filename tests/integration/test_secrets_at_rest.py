"""The store holds names of variables and never what is in them."""

from __future__ import annotations

from pathlib import Path

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.salesforce.setup import ORGANIZATION_ID
from connectors.sandbox.server import Sandbox
from integration.assembly import assemble
from integration.config import read_config
from integration.once import once
from integration.store.engine import connect, upgrade
from tests.integration.lost_customer import (
    HUBSPOT,
    SALESFORCE,
    SECRETS,
    lose_in_hubspot,
    lose_in_salesforce,
    rule_file,
)


def test_no_secret_and_no_token_is_written_to_disk(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.hubspot.token = SECRETS["HUBSPOT_TOKEN"]
    sandbox.hubspot.add_owner(PortalOwner("77", "ann@x.example"))
    sandbox.salesforce.sessions.client_id = SECRETS["SF_CLIENT_ID"]
    sandbox.salesforce.sessions.client_secret = SECRETS["SF_SECRET"]
    lose_in_salesforce(sandbox)
    lose_in_hubspot(sandbox)
    sales, hub = SALESFORCE % sandbox.salesforce_url, HUBSPOT % sandbox.hubspot_url
    config = read_config(rule_file(tmp_path, sales, hub), SECRETS)
    (folder := tmp_path / "store").mkdir()
    url = f"sqlite:///{folder / 'winback.db'}"
    upgrade(url)
    engine = connect(url)
    report = once(assemble(config, SECRETS, engine), as_of="now").report
    assert {crm["losses"]["customer"] for crm in report["crms"].values()} == {1}
    stored = b"".join(file.read_bytes() for file in folder.iterdir())
    engine.dispose()
    assert b"env:HUBSPOT_TOKEN" in stored
    for secret in (*SECRETS.values(), f"{ORGANIZATION_ID}!"):  # as Salesforce's tokens begin
        assert secret.encode() not in stored
