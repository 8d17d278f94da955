"""`winback parked` and `winback requeue`: nothing is dropped, and a person sends it again."""

from __future__ import annotations

import re

from tests import worlds
from tests.integration.cli.conftest import Desk


def test_fields_that_the_org_lacks_are_parked_and_go_out_once_they_are_made(
    each_desk: Desk,
) -> None:
    desk = each_desk
    lost = worlds.salesforce_losses(desk.sandbox.salesforce, 1)[0]
    desk.once()
    parked = desk("parked")
    assert parked.exit_code == 4
    assert f"Account:{lost.account}" in parked.stdout
    assert "run `winback provision`" in parked.stdout

    assert desk("provision").exit_code == 0
    assert desk("requeue").stdout == "2 rows put back; the next run sends again\n"
    assert desk.once().exit_code == 0
    account = desk.sandbox.salesforce.get("Account", lost.account)
    assert account is not None
    assert account["Winback_Reason__c"] == "price"
    assert desk("parked").stdout == "nothing is parked\n"


def test_a_single_row_is_sent_again_by_its_number_or_its_key(desk: Desk) -> None:
    worlds.salesforce_losses(desk.sandbox.salesforce, 2)
    desk.once()
    rows = desk.json("parked")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT.+\+00:00", row["since"]) for row in rows)
    assert desk.json("requeue", str(rows[0]["id"]), rows[1]["key"]) == {"requeued": 2}
    assert [row["id"] for row in desk.json("parked")] == [row["id"] for row in rows[2:]]


def test_an_id_that_is_not_parked_sends_nothing(desk: Desk) -> None:
    worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    desk.once()
    rows = desk.json("parked")
    result = desk("requeue", str(rows[0]["id"]), "4711")
    assert result.exit_code == 2
    assert "4711" in result.stderr
    assert desk.json("parked") == rows
