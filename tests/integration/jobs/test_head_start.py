"""The first decisions go out while the last are being made, and never where one may be held."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from integration.once import once
from tests import worlds
from tests.integration.jobs.stage import Stage

LOSSES = 150  # decided in three batches; with three tasks each over two full calls


@dataclass
class Steps:
    """What a run showed of itself, in order: `decided` and `sent`."""

    seen: list[str] = field(default_factory=list)

    def step(self, crm: str, what: str, done: int, total: int | None) -> None:  # noqa: ARG002
        if what.endswith((" decided", " sent")):
            self.seen.append(what.rpartition(" ")[2])

    @property
    def sent_early(self) -> bool:
        return "decided" in self.seen[self.seen.index("sent") :] if "sent" in self.seen else False


@pytest.fixture
def losses(stage: Stage) -> Stage:
    stage.lose(LOSSES)
    return stage


@pytest.fixture
def sales_losses(salesforce: Stage) -> Stage:
    """Where it is the store that decides, one CRM is as good as another."""
    salesforce.lose(LOSSES)
    return salesforce


def shown(stage: Stage, limits: str) -> Steps:
    steps = Steps()
    company = worlds.COMPANY.replace("storm_max_losses = 10_000", limits)
    config = stage.config(company=company)
    with worlds.runtime(stage.url, config, progress=steps) as parts:
        once(parts, as_of="now")
    return steps


def test_full_batches_go_while_later_customers_are_decided(losses: Stage) -> None:
    assert shown(losses, "storm_max_losses = 10_000").sent_early
    assert losses.made() == losses.wanted()


def test_nothing_goes_early_that_the_storm_brake_could_hold(sales_losses: Stage) -> None:
    steps = shown(sales_losses, f"storm_max_losses = {LOSSES}")
    assert "sent" in steps.seen
    assert not steps.sent_early
    assert sales_losses.made() == sales_losses.wanted()


def test_one_loss_more_than_the_brake_lets_pass_holds_all(sales_losses: Stage) -> None:
    assert "sent" not in shown(sales_losses, f"storm_max_losses = {LOSSES - 1}").seen
    assert not sales_losses.made()


def test_a_budget_waits_for_the_most_valuable(sales_losses: Stage) -> None:
    limits = "storm_max_losses = 10_000\ntasks_per_rep_per_day = 200"
    assert not shown(sales_losses, limits).sent_early
    assert sum(sales_losses.made().values()) == 200


def test_a_call_that_fails_early_keeps_nobody_from_being_decided(losses: Stage) -> None:
    losses.fault("status", status=500, times=1_000_000)
    assert losses.run().exit_code == 3
    assert losses.to_decide() == 0
    losses.sandbox.world.faults.clear()
    assert losses.run().exit_code == 0
    assert losses.made() == losses.wanted()
