"""The data sets arrive in the sandbox with their traps."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

from integration.config import read_config
from tests.data_sets.maven import maven_folder
from tests.data_sets.ravenstack import ravenstack_folder
from tests.data_sets.source import day, needs_shared_data, rule_file


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_days_of_ravenstack_begin_with_the_day_of_the_month() -> None:
    assert day("07-12-2024") == date(2024, 12, 7)
    assert day("") is None


@needs_shared_data
def test_ravenstack_keeps_its_599_losses_of_352_customers(tmp_path: Path) -> None:
    folder = ravenstack_folder(tmp_path)
    cancellations = table(folder / "Cancellation__c.csv")
    accounts = {row["Id"] for row in table(folder / "Account.csv")}
    left = {row["Account__c"] for row in cancellations}
    assert (len(accounts), len(left), len(cancellations)) == (500, 352, 600)
    assert left < accounts
    assert len({(row["Account__c"], row["Cancelled_On__c"]) for row in cancellations}) == 599
    assert {row["AccountId"] for row in table(folder / "Contact.csv")} == accounts
    assert len(table(folder / "Subscription__c.csv")) == 5000


@needs_shared_data
def test_maven_keeps_its_open_deals_without_account_and_its_lost_ones_without_value(
    tmp_path: Path,
) -> None:
    deals = table(maven_folder(tmp_path) / "deals.csv")
    stages = Counter(row["dealstage"] for row in deals)
    assert (stages["closedwon"], stages["closedlost"], len(deals)) == (4238, 2473, 8800)
    assert sum(not row["company_id"] for row in deals) == 1425
    lost = [row for row in deals if row["dealstage"] == "closedlost"]
    assert {row["amount"] for row in lost} == {"0"}
    assert all(float(row["list_price"]) > 0 for row in lost)
    assert len(table(tmp_path / "companies.csv")) == 85
    assert all(row["closedate"].endswith("T17:00:00.000Z") for row in lost)


@needs_shared_data
def test_maven_comes_without_its_open_deals_too(tmp_path: Path) -> None:
    deals = table(maven_folder(tmp_path, open_deals=False) / "deals.csv")
    assert {row["dealstage"] for row in deals} == {"closedwon", "closedlost"}


def test_their_rule_files_load_for_the_crm_that_is_asked_for(tmp_path: Path) -> None:
    for name, crm in (("ravenstack", "raven"), ("maven", "maven")):
        file = rule_file(name, "http://127.0.0.1:4711", tmp_path / "config.toml")
        config = read_config(file, {})
        assert config.crms[crm].base_url == "http://127.0.0.1:4711"
        assert [watch.crm for watch in config.ruleset.watches] == [crm]
