"""`winback resume-held`, `pause` and `resume`: a person stops the product and lets it go on."""

from __future__ import annotations

import pytest

from tests import worlds
from tests.integration.cli.conftest import Desk

CALM = worlds.COMPANY.replace("storm_max_losses = 10_000", "storm_max_losses = 2\n")


def test_a_storm_is_held_until_somebody_lets_go(
    each_desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk = each_desk
    desk.rules(crms=("sales",), company=CALM)
    worlds.provision(desk.url, desk.config)
    worlds.salesforce_losses(desk.sandbox.salesforce, 3)
    assert desk.once().exit_code == 4
    assert "storm brake: 3 new losses held in sales" in caplog.messages
    assert desk.sandbox.salesforce.all("Task") == []
    shown = desk("status")
    words = " ".join(shown.stdout.replace("│", " ").split())
    assert shown.exit_code == 4
    assert "The storm brake holds 15 changes for 3 customers since" in words
    assert "`winback resume-held --crm sales`" in words
    assert desk.once().exit_code == 4  # it never lets go by itself
    assert desk.sandbox.salesforce.all("Task") == []
    [brake] = [one for one in desk.json("doctor") if one["what"] == "storm brake"]
    assert not brake["ok"]
    assert "`winback resume-held --crm sales`" in brake["sentence"]

    freed = desk("resume-held", "--crm", "sales")
    assert freed.stdout == "sales: let go 15 changes for 3 customers; the next run writes them\n"
    status = desk.json("status")["crms"]["sales"]
    assert (status["held"], status["pending"], status["storm_since"]) == (0, 15, None)
    assert desk.once().exit_code == 0
    assert len(desk.sandbox.salesforce.all("Task")) == 9


def test_letting_go_of_nothing_says_so(desk: Desk) -> None:
    desk.once()
    result = desk("resume-held")
    assert (result.exit_code, result.stdout) == (0, "sales: the storm brake holds nothing\n")


def test_a_paused_crm_is_left_alone_until_it_is_resumed(desk: Desk) -> None:
    assert "`winback resume sales`" in desk("pause", "sales").stdout
    assert desk("pause", "sales").stdout == "sales: is paused already\n"
    worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    desk.once()
    assert desk.sandbox.salesforce.all("Task") == []
    assert "sales  ● paused" in desk("status").stdout

    assert "goes on at the next run" in desk("resume", "sales").stdout
    desk.once()
    assert len(desk.sandbox.salesforce.all("Task")) == 3


def test_a_crm_that_neither_the_file_nor_the_store_knows_cannot_be_paused(desk: Desk) -> None:
    result = desk("pause", "sale")
    assert result.exit_code == 2
    assert 'did you mean "sales"?' in result.stderr
