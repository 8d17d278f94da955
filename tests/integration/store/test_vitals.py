"""What health and metrics read of a CRM."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from integration.store import crms, revisions, vitals
from integration.store.engine import begin, reading
from integration.store.switches import Switches, write
from tests.integration.store.records import NOW

DRY = '[crm.sales]\nkind = "salesforce"\ndry_run = true\n'
EARNEST = '[crm.sales]\nkind = "salesforce"\n'


@pytest.mark.parametrize(
    ("rules", "switched", "dry"),
    [(DRY, False, True), (EARNEST, True, True), (EARNEST, False, False), (None, False, False)],
)
def test_a_dry_run_counts_whoever_asked_for_it(
    engine: Engine, rules: str | None, switched: bool, dry: bool
) -> None:
    with begin(engine) as connection:
        crms.state(connection, "sales")
        write(connection, "sales", Switches(dry_run=switched))
        if rules is not None:
            revisions.ran(connection, rules, NOW)
    with reading(engine) as connection:
        assert vitals.vitals(connection, "sales", NOW).dry_run is dry
