"""The store holds names of variables and never what is in them, and no token that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Engine

from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.salesforce.setup import ORGANIZATION_ID
from connectors.sandbox.server import Sandbox
from integration.assembly import assemble
from integration.config import read_config
from integration.once import once
from integration.store import backups
from integration.store.engine import connect, upgrade
from integration.store.tables import log_ins
from tests.integration.lost_customer import (
    HUBSPOT,
    SALESFORCE,
    SECRETS,
    lose_in_hubspot,
    lose_in_salesforce,
    rule_file,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TOKEN = f"{ORGANIZATION_ID}!"
"""As Salesforce's tokens begin."""


@contextmanager
def worked(sandbox: Sandbox, folder: Path, url: str) -> Iterator[Engine]:
    """A store with a loss of each CRM in it."""
    sandbox.hubspot.token = SECRETS["HUBSPOT_TOKEN"]
    sandbox.hubspot.add_owner(PortalOwner("77", "ann@x.example"))
    sandbox.salesforce.sessions.client_id = SECRETS["SF_CLIENT_ID"]
    sandbox.salesforce.sessions.client_secret = SECRETS["SF_SECRET"]
    lose_in_salesforce(sandbox)
    lose_in_hubspot(sandbox)
    sales, hub = SALESFORCE % sandbox.salesforce_url, HUBSPOT % sandbox.hubspot_url
    config = read_config(rule_file(folder, sales, hub), SECRETS)
    engine = connect(url)
    report = once(assemble(config, SECRETS, engine), as_of="now").report
    assert {crm["losses"]["customer"] for crm in report["crms"].values()} == {1}
    yield engine
    engine.dispose()


def unseen(_table: str, _done: int, _of: int) -> None:
    """Nobody watches."""


def assert_nothing_is_given_away(stored: bytes) -> None:
    assert b"env:HUBSPOT_TOKEN" in stored
    for secret in (*SECRETS.values(), TOKEN):
        assert secret.encode() not in stored


def test_no_secret_and_no_token_is_written_to_disk(sandbox: Sandbox, tmp_path: Path) -> None:
    (folder := tmp_path / "store").mkdir()
    url = f"sqlite:///{folder / 'winback.db'}"
    upgrade(url)
    with worked(sandbox, tmp_path, url) as engine:
        stored = b"".join(file.read_bytes() for file in folder.iterdir())
        with engine.connect() as connection:
            assert connection.execute(sa.select(log_ins)).all() == []
    assert_nothing_is_given_away(stored)


def test_on_postgresql_a_token_is_sealed_and_no_backup_has_it(
    sandbox: Sandbox, tmp_path: Path, postgres_url: str
) -> None:
    with worked(sandbox, tmp_path, postgres_url) as engine:
        with engine.connect() as connection:
            tables = [sa.text(f'TABLE "{n}"') for n in sa.inspect(connection).get_table_names()]
            # a row by itself shows the beginning of a long text only
            stored = repr([tuple(row) for table in tables for row in connection.execute(table)])
            sealed = connection.execute(sa.select(log_ins.c.token)).scalar_one()
        file = tmp_path / "winback.backup"
        backups.write(engine, file, taken_at=NOW, store="", copied=unseen, checked=unseen)
    assert sealed in stored
    assert_nothing_is_given_away(stored.encode())
    backup = file.read_bytes()
    assert sealed.encode() not in backup
    assert_nothing_is_given_away(backup)
