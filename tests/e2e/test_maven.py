"""Maven CRM as a HubSpot portal, end to end: lost deals by the thousand, no lost customer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from rules.case import TIME_ALONE
from tests.data_sets.maven import maven_folder
from tests.data_sets.source import needs_shared_data
from tests.e2e.dataset_run import DataRun, Report, data_run

pytestmark = needs_shared_data

LAST_DAY = datetime(2017, 12, 31, 17, tzinfo=UTC)
HALF_A_YEAR_LATER = datetime(2018, 6, 30, 16, tzinfo=UTC)
COMPANIES = 85


@dataclass(frozen=True)
class Ran:
    run: DataRun
    report: Report


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """The portal with all of its deals, on the data's last day."""
    folder = maven_folder(tmp_path_factory.mktemp("maven"))
    with data_run("maven", folder, tmp_path_factory.mktemp("run"), LAST_DAY) as run:
        yield Ran(run, run.once())


@pytest.fixture(scope="module")
def silence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """The portal without its open deals, half a year later."""
    folder = maven_folder(tmp_path_factory.mktemp("maven"), open_deals=False)
    with data_run("maven", folder, tmp_path_factory.mktemp("run"), HALF_A_YEAR_LATER) as run:
        yield Ran(run, run.once())


def test_2473_lost_deals_are_no_lost_customer(everything: Ran) -> None:
    assert everything.report["losses"] == {"customer": 0, "deal": 2456, "prospect": 17}
    assert everything.run.verdicts() == {"deal": 2456, "prospect": 17}


def test_nothing_is_written_about_customers_who_stay(everything: Ran) -> None:
    assert everything.report["recoveries"] == {"opened": 0, "joined": 0, "closed": 0}
    assert everything.report["tasks"] == {"wanted": 0, "waiting": 0, "held": 0}
    assert everything.report["calls"]["write"] == 0
    assert everything.run.writes() == []


def test_each_lost_deal_has_its_verdict_in_words(everything: Ran) -> None:
    for row in everything.run.losses():
        if row.verdict == "prospect":
            assert row.because[0].startswith("nothing was won from them by ")
        else:
            assert row.because[0].startswith("they bought ")
            assert row.because[-1] == "so they are still a customer"


def test_a_lost_deal_is_worth_its_list_price(everything: Ran) -> None:
    """Maven's lost deals have an amount of 0; the rule file names the list price instead."""
    assert all(row.value > 0 for row in everything.run.losses())


def test_the_second_run_on_the_same_day_reads_little_and_writes_nothing(everything: Ran) -> None:
    again = everything.run.once()
    assert again["losses"] == {"customer": 0, "deal": 0, "prospect": 0}
    assert again["calls"]["write"] == 0
    assert again["calls"]["search"] < everything.report["calls"]["search"] / 4


def test_the_second_run_after_tasks_were_written_writes_nothing(silence: Ran) -> None:
    again = silence.run.once()
    assert again["losses"] == {"customer": 0, "deal": 0, "prospect": 0}
    assert all(kind["delivered"] == 0 for kind in again["pushes"].values())
    assert again["calls"]["write"] == 0


def test_who_stops_buying_is_found_by_time_alone(silence: Ran) -> None:
    lost = [row for row in silence.run.losses() if row.verdict == "customer"]
    assert len({row.customer_id for row in lost}) == len(lost) == COMPANIES
    assert {(row.type, row.watch) for row in lost} == {("companies", TIME_ALONE)}
    # each bought last in the final five weeks of 2017, and 121 days later is lost
    assert {date(2018, 3, 30) <= row.known_on <= date(2018, 5, 1) for row in lost} == {True}
    assert all(row.because[0] == "no record says so, time alone does" for row in lost)


def test_each_of_them_gets_one_recovery_with_one_task(silence: Ran) -> None:
    assert silence.report["recoveries"] == {"opened": COMPANIES, "joined": 0, "closed": 0}
    tasks = silence.run.tasks()
    assert len({task.fields["hs_task_subject"] for task in tasks}) == len(tasks) == COMPANIES
    # 2 business days from Saturday, 30 June, at 09:00 in New York
    assert {str(task.fields["hs_timestamp"])[:19] for task in tasks} == {"2018-07-03T13:00:00"}


def test_the_task_goes_to_whoever_sold_most_to_them(silence: Ran) -> None:
    portal = silence.run.sandbox.hubspot
    owners = Counter(str(task.fields["hubspot_owner_id"]) for task in silence.run.tasks())
    assert owners == Counter(
        row["properties"]["hubspot_owner_id"] for row in portal.state()["companies"]
    )
