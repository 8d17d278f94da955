"""What ops read about the CRM's calls of the day."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.conftest import Desk


def words(text: str) -> str:
    return " ".join(text.replace("│", " ").split())


def test_a_run_that_used_up_our_share_says_so_everywhere(desk: Desk) -> None:
    for number in range(2_100):
        desk.sandbox.salesforce.create("Contact", {"LastName": f"Contact {number}"})
    desk.sandbox.salesforce.daily_limit = 60

    once = desk("once")
    assert once.exit_code == 3
    told = words(once.stdout)
    assert "used its part of the API calls of the day: 12 of the company's 60" in told
    assert "The next call is not before" in told
    assert "Contact 2,000 of 2,100" in told

    status = words(desk("status").stdout)
    assert "calls of the day 12 of our 12 · company 12 of 60 (just now)" in status
    assert "history Account 0 of 0 · Contact 2,000 of 2,100 · User 1 of 1" in status
    sales = desk.json("status")["crms"]["sales"]
    assert sales["quota"]["made"] == sales["quota"]["share"] == 12
    assert sales["quota"]["until"] == sales["blocked_until"]
    assert sales["history"]["Contact"] == {"read": 2_000, "total": 2_100}

    assert "our calls of the day: winback has used its part" in words(desk("doctor").stdout)


def test_calls_stand_on_the_screen_of_a_healthy_crm(desk: Desk) -> None:
    desk.once()
    made = sum(desk.sandbox.world.calls.values()) - desk.sandbox.world.calls["salesforce", "auth"]
    status = words(desk("status").stdout)
    assert f"calls of the day {made} of our 20,000 · company {made} of 100,000" in status
    assert "history" not in status


COMMANDS = [("doctor",), ("check", "--live"), ("provision",)]


def calls(desk: Desk) -> int:
    """Of both CRMs, but log-ins, which count against no quota."""
    return sum(made for (_, kind), made in desk.sandbox.world.calls.items() if kind != "auth")


def counted(desk: Desk) -> int:
    return sum(crm["quota"]["made"] for crm in desk.json("status")["crms"].values())


@pytest.mark.parametrize("command", COMMANDS)
def test_calls_asked_for_by_hand_are_counted(desk: Desk, command: tuple[str, ...]) -> None:
    desk.rules(crms=("sales", "hub"))
    desk.once()
    before = calls(desk)
    desk(*command)
    assert calls(desk) > before
    assert counted(desk) == calls(desk)


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_store_they_are_made_and_no_store_is(
    desk: Desk, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "none.db"
    before = calls(desk)
    desk(*command, DATABASE_URL=f"sqlite:///{file}")
    assert calls(desk) > before
    assert not file.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_fault_is_told_without_a_store_as_with_one(
    desk: Desk, tmp_path: Path, command: tuple[str, ...]
) -> None:
    result = desk(*command, DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}", WB_SECRET="")
    assert result.exit_code == 2
    assert "WB_SECRET" in result.output
