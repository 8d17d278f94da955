"""Records as snapshots."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.hubspot.entities import Associated, Portal, stages
from connectors.hubspot.mapping import (
    merged_ids,
    owner_snapshot,
    primary,
    snapshot,
    wanted_properties,
)
from connectors.hubspot.paths import PRIMARY_ASSOCIATIONS
from connectors.stream import Stream
from rules.model import (
    Contact,
    Contract,
    Field,
    Kind,
    Money,
    Opportunity,
    Outcome,
    Owner,
    Permission,
    TaskState,
)

DEALS = Stream("deals", Kind.OPPORTUNITY, ("closed_lost_reason", "nope"))
PIPELINES = [
    {
        "stages": [
            {"id": "55", "label": "Gone", "metadata": {"isClosed": "true", "probability": "0.0"}},
            {"id": "56", "label": "Renewed", "metadata": {"probability": "1.0"}},
            {"id": "57", "label": "Talking", "metadata": {"isClosed": "false"}},
        ]
    }
]


EMPTY = Portal()


def deal(portal: Portal = EMPTY, **properties: Any) -> Opportunity:
    row = {"id": "9", "properties": properties, "updatedAt": "2026-01-02T03:04:05Z"}
    found = snapshot(row, DEALS, portal, Associated("1", "2")).entity
    assert isinstance(found, Opportunity)
    return found


def test_a_deal() -> None:
    found = deal(
        dealname="Renewal",
        amount="1200.50",
        deal_currency_code="EUR",
        closedate="2026-03-04T00:00:00Z",
        createdate="2026-01-01T10:00:00Z",
        notes_last_contacted="2026-02-02T10:00:00Z",
        hs_is_closed="true",
        hs_is_closed_won="false",
        hubspot_owner_id="7",
    )
    assert found.amount == Money(Decimal("1200.50"), "EUR")
    assert (found.created_on, found.closed_on) == (date(2026, 1, 1), date(2026, 3, 4))
    assert found.touched_on == date(2026, 2, 2)
    assert (found.closed, found.won, found.owner_id) == (True, False, "7")
    assert (found.account_id, found.contact_id) == ("1", "2")


@pytest.mark.parametrize(
    ("stage", "closed", "won"),
    [
        ("55", True, False),
        ("56", True, True),
        ("57", False, False),
        ("closedlost", True, False),
        ("closedwon", True, True),
        ("unheard of", False, False),
    ],
)
def test_the_stage_decides_where_the_portal_calculates_nothing(
    stage: str, closed: bool, won: bool
) -> None:
    found = deal(Portal(stages=stages(PIPELINES)), dealstage=stage)
    assert (found.closed, found.won) == (closed, won)


def test_fields_that_do_not_exist_are_left_out_and_empty_ones_are_none() -> None:
    portal = Portal(types={"closed_lost_reason": "string", "winback_reason": "enumeration"})
    found = snapshot({"id": "9", "properties": {"winback_reason": ""}}, DEALS, portal)
    assert found.fields == {"closed_lost_reason": None}
    assert found.ours == {Field.REASON: None}
    assert wanted_properties(DEALS, portal.types) == ("winback_reason", "closed_lost_reason")


@pytest.mark.parametrize(
    ("types", "written", "opted_out"),
    [
        ({}, None, None),  # the portal does not show it: nobody knows
        ({"hs_email_optout": "bool"}, None, False),
        ({"hs_email_optout": "bool"}, "false", False),
        ({"hs_email_optout": "bool"}, "true", True),
    ],
)
def test_opt_out(types: dict[str, str], written: str | None, opted_out: bool | None) -> None:
    row = {"id": "2", "properties": {"firstname": "Ann", "hs_email_optout": written}}
    found = snapshot(row, Stream("contacts", Kind.CONTACT), Portal(types=types)).entity
    assert isinstance(found, Contact)
    assert found.opted_out is opted_out


def test_permission_and_a_name_from_the_address() -> None:
    row = {
        "id": "2",
        "properties": {
            "email": "ann@c.example",
            "winback_permission": "Yes",
            "winback_permission_until": "2027-01-31",
        },
    }
    found = snapshot(row, Stream("contacts", Kind.CONTACT), Portal()).entity
    assert isinstance(found, Contact)
    assert (found.name, found.permission) == ("ann@c.example", Permission.YES)
    assert found.permission_until == date(2027, 1, 31)


def test_a_subscription_by_the_fields_that_the_file_names() -> None:
    stream = Stream(
        "subscriptions",
        Kind.CONTRACT,
        account_field="company",
        starts_on_field="from",
        ends_on_field="to",
        value_field="arr",
    )
    row = {
        "id": "5",
        "properties": {"company": "1", "from": "2025-01-01", "to": "2026-01-01", "arr": "99"},
    }
    assert snapshot(row, stream, Portal()).entity == Contract(
        "5", "1", date(2025, 1, 1), date(2026, 1, 1), None, Money(Decimal(99))
    )


@pytest.mark.parametrize(
    ("status", "closed"), [("COMPLETED", True), ("WAITING", False), ("", False), (None, False)]
)
def test_a_task_of_ours(status: str | None, closed: bool) -> None:
    row = {
        "id": "8",
        "properties": {
            "hs_task_body": "Call<br>[winback:r1:listen:1]",
            "hs_task_status": status,
            "hs_timestamp": "2026-11-24T09:00:00Z",
            "winback_outcome": "no_answer",
        },
    }
    found = snapshot(row, Stream("tasks", Kind.TASK), Portal()).entity
    assert isinstance(found, TaskState)
    assert (found.key, found.closed, found.outcome) == ("r1:listen:1", closed, Outcome.NO_ANSWER)
    assert found.due_on == date(2026, 11, 24)


def test_an_owner_who_left() -> None:
    found = owner_snapshot(
        {"id": 7, "email": "a@b.example", "archived": True, "teams": [{"id": "1", "name": "West"}]}
    )
    assert found.entity == Owner("7", "a@b.example", "a@b.example", active=False, teams=("West",))


def test_the_primary_association_wins() -> None:
    plain = {"toObjectId": 1, "associationTypes": [{"typeId": 341}]}
    first = {"toObjectId": 2, "associationTypes": [{"typeId": 341}, {"typeId": 5}]}
    assert primary([plain, first], PRIMARY_ASSOCIATIONS) == "2"
    assert primary([plain], PRIMARY_ASSOCIATIONS) == "1"
    assert primary([{"id": "3", "type": "deal_to_company"}], PRIMARY_ASSOCIATIONS) == "3"
    assert primary([], PRIMARY_ASSOCIATIONS) is None


@pytest.mark.parametrize(("written", "ids"), [("1;2", ("1", "2")), (7, ("7",)), (None, ())])
def test_merged_ids(written: Any, ids: tuple[str, ...]) -> None:
    assert merged_ids({"properties": {"hs_merged_object_ids": written}}) == ids
