"""The demo's generated companies: whole, deterministic, and with what the demo wants to show."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connectors.sandbox.server import start
from integration.demo.company import (
    SCHEMA,
    hubspot_company,
    hubspot_permissions,
    salesforce_company,
    salesforce_permissions,
    write_folder,
)
from integration.demo.names import ODD_NAMES
from integration.demo.rows import Rows

TODAY = date(2026, 11, 21)
A_MONTH_AGO = TODAY - timedelta(days=30)


@pytest.fixture(scope="module")
def halden() -> Rows:
    return salesforce_company(7, TODAY)


@pytest.fixture(scope="module")
def brightfold() -> Rows:
    return hubspot_company(7, TODAY)


def day(cell: object) -> date:
    assert isinstance(cell, date)
    return cell.date() if isinstance(cell, datetime) else cell


def test_equal_seed_and_date_give_equal_companies(halden: Rows) -> None:
    assert salesforce_company(7, TODAY) == halden
    assert salesforce_company(8, TODAY) != halden
    assert salesforce_company(7, TODAY + timedelta(days=1)) != halden


def test_everything_in_salesforce_belongs_to_something(halden: Rows) -> None:
    users = {row["Id"] for row in halden["User"]}
    accounts = {row["Id"] for row in halden["Account"]}
    assert len(accounts) == 400
    for name, rows in halden.items():
        assert len({row["Id"] for row in rows}) == len(rows)
        if name != "User":
            assert {row["OwnerId"] for row in rows} <= users
        if name not in ("User", "Account"):
            assert {row["AccountId"] for row in rows} <= accounts


def test_everything_in_hubspot_belongs_to_something(brightfold: Rows) -> None:
    owners = {row["id"] for row in brightfold["owners"]}
    companies = {row["hs_object_id"] for row in brightfold["companies"]}
    contacts = {row["hs_object_id"] for row in brightfold["contacts"]}
    assert len(companies) == 400
    for name in ("contacts", "deals", "subscriptions"):
        assert {row["company_id"] for row in brightfold[name]} <= companies
        assert {row["hubspot_owner_id"] for row in brightfold[name]} <= owners
    assert {row["contact_id"] for row in brightfold["deals"]} <= contacts | {None}


def test_two_of_twelve_reps_have_left_and_still_own_accounts(halden: Rows) -> None:
    left = {row["Id"] for row in halden["User"] if not row["IsActive"]}
    sellers = {row["OwnerId"] for row in halden["Account"]}
    assert (len(sellers), len(left)) == (12, 2)
    assert left < sellers


def test_a_month_of_fresh_losses_of_every_kind(halden: Rows) -> None:
    lost = [row for row in halden["Opportunity"] if row["StageName"] == "Closed Lost"]
    fresh = Counter(row["Type"] for row in lost if day(row["CloseDate"]) > A_MONTH_AGO)
    assert fresh == {"Renewal": 5, "Existing Business": 7, "New Business": 5}
    cancelled = [row for row in halden["Contract"] if row["Cancelled_On__c"]]
    lately = [row for row in cancelled if day(row["Cancelled_On__c"]) > A_MONTH_AGO]
    assert len(lately) == 8
    assert any(day(row["EndDate"]) > TODAY for row in lately), "one is still in its notice period"


def test_nothing_has_happened_that_is_still_to_come(halden: Rows) -> None:
    this_morning = datetime.combine(TODAY, datetime.min.time(), UTC)
    for row in (row for rows in halden.values() for row in rows):
        for column in ("CreatedDate", "LastModifiedDate", "LastStageChangeDate"):
            instant = row.get(column)
            assert instant is None or (isinstance(instant, datetime) and instant < this_morning)
    for row in halden["Opportunity"]:
        closed = str(row["StageName"]).startswith("Closed")
        assert closed == (day(row["CloseDate"]) < TODAY)
        assert day(row["CreatedDate"]) <= day(row["LastModifiedDate"])


def test_odd_names_and_several_currencies_are_there(halden: Rows, brightfold: Rows) -> None:
    assert {name for name, _ in ODD_NAMES} <= {row["Name"] for row in halden["Account"]}
    assert {name for name, _ in ODD_NAMES} <= {row["name"] for row in brightfold["companies"]}
    currencies = Counter(row["CurrencyIsoCode"] for row in halden["Opportunity"])
    assert currencies.most_common(1)[0][0] == "EUR"
    assert {"GBP", "CHF"} <= set(currencies)


def test_permissions_name_contacts_that_exist(halden: Rows, brightfold: Rows) -> None:
    for told, contacts, key, answer in (
        (salesforce_permissions(7, TODAY), halden["Contact"], "Id", "Winback_Permission__c"),
        (
            hubspot_permissions(7, TODAY),
            brightfold["contacts"],
            "hs_object_id",
            "winback_permission",
        ),
    ):
        assert {row[key] for row in told} < {row[key] for row in contacts}
        assert {row[answer] for row in told} == {"yes", "no"}


def test_the_folder_reads_back(halden: Rows, tmp_path: Path) -> None:
    write_folder(halden, tmp_path)
    assert {file.stem for file in tmp_path.iterdir()} == set(halden)
    with (tmp_path / "Opportunity.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert [row["Loss_Notes__c"] for row in read] == [
        row["Loss_Notes__c"] for row in halden["Opportunity"]
    ]
    assert read[0]["CreatedDate"].endswith(".000Z")


def test_both_sandbox_crms_load_the_one_folder(
    halden: Rows, brightfold: Rows, tmp_path: Path
) -> None:
    write_folder({**halden, **brightfold}, tmp_path, SCHEMA)
    with start(data=tmp_path) as sandbox:
        org, portal = sandbox.salesforce, sandbox.hubspot
    won = [row for row in org.all("Opportunity") if row["IsWon"]]
    assert len(won) == sum(row["StageName"] == "Closed Won" for row in halden["Opportunity"])
    lost = [row for row in portal.all("deals") if row.get("hs_is_closed_lost") == "true"]
    assert len(lost) == sum(row["dealstage"] == "closedlost" for row in brightfold["deals"])
    assert len(portal.all("subscriptions")) == len(brightfold["subscriptions"])
