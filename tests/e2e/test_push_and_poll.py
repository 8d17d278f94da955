"""Every push channel is a hint to read earlier: with webhooks, with polling, with both, in any
order and twice, the same day ends in the same recoveries, tasks and fields."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.pushed_day import CRMS, winback
from tests.e2e.working_day import GONE, SILENT, STEPS


@dataclass(frozen=True)
class Mode:
    pushed: bool
    polled: bool
    disorder: bool = False


MODES = {
    "webhooks only": Mode(pushed=True, polled=False),
    "polling only": Mode(pushed=False, polled=True),
    "both": Mode(pushed=True, polled=True),
    "both, twice and in disorder": Mode(pushed=True, polled=True, disorder=True),
}


def live_through(mode: Mode, url: str, folder: Path) -> dict[str, Any]:
    """A day of people's work, as far as the product hears of it by this mode."""
    with winback(url, folder) as day:
        day.work(polled=True)  # first contact
        for step in STEPS:
            for desk in day.desks.values():
                step(desk)
            if mode.pushed:
                day.deliver(disorder=mode.disorder)
            day.work(polled=mode.polled)
        while mode.pushed and day.deliver(disorder=mode.disorder, last=True):
            day.work(polled=False)
        day.pass_a_day()
        day.work(polled=mode.polled)
        return day.outcome()


@pytest.fixture(scope="module")
def polled_day(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("polled")
    file = shutil.copy(migrated_sqlite, folder)
    return live_through(MODES["polling only"], f"sqlite:///{file}", folder)


def test_the_day_is_worth_comparing(polled_day: dict[str, Any]) -> None:
    for crm in CRMS:
        ends = {row[1]: row[4] for row in polled_day["recoveries"] if row[0] == crm}
        followed = {row[1]: row[3] for row in polled_day["recoveries"] if row[0] == crm}
        assert followed[(SILENT,)] == followed[("Celik",)] == "everyone"
        asked = [row for row in polled_day["tasks"][crm] if f"Ask {SILENT} why" in row]
        assert [row[-1] for row in asked] in ([True], ["COMPLETED"])
        assert ends[("Adler",)] is None
        assert ends[("Berg",)] == "recovered"
        assert ("Ernst", "Nord") in ends
        deals = {row[1]: row[-1] for row in polled_day["losses"] if row[-2] == "price"}
        assert (deals["Dorn"], deals["Iven"]) == ("undone", "stands")
        assert any(name == "Adler" for name, *_ in polled_day["tasks"][crm])
        assert "service" in polled_day["fields"][crm].values()


@pytest.mark.parametrize("mode", [name for name in MODES if name != "polling only"])
def test_the_same_day_ends_the_same(
    mode: str, polled_day: dict[str, Any], sqlite_url: str, tmp_path: Path
) -> None:
    assert live_through(MODES[mode], sqlite_url, tmp_path) == polled_day


def test_a_loss_undone_between_two_polls_is_heard_of_by_webhook_alone(
    sqlite_url: str, tmp_path: Path
) -> None:
    """The one thing that polling does not tell: it counts one loss less in each CRM."""
    with winback(sqlite_url, tmp_path) as day:
        day.work(polled=True)
        before = day.losses()
        for stage in ("lost", "open"):
            for desk in day.desks.values():
                desk.set_stage("Adler", stage)
        day.work(polled=True)
        assert day.losses() == before
        day.player.requests()  # nobody heard of those
        for stage in ("lost", "open"):
            for desk in day.desks.values():
                desk.set_stage("Adler", stage)
            day.deliver(disorder=False)
            day.work(polled=False)
        heard_of = [loss for loss in day.losses() if loss not in before]
        assert heard_of == [
            ("hub", "Adler", "deals", "price", "undone"),
            ("sales", "Adler", "Opportunity", "price", "undone"),
        ]


def test_what_is_pushed_before_first_contact_waits_for_the_history(
    sqlite_url: str, tmp_path: Path
) -> None:
    with winback(sqlite_url, tmp_path) as day:
        for desk in day.desks.values():
            desk.hand_over("Frey")
        assert day.deliver(disorder=False)
        day.work(polled=False)
        heard_of = {(crm, name) for crm, name, *_ in day.losses()}
        assert heard_of == {(crm, name) for crm in CRMS for name in GONE}
