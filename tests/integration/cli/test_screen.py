"""Texts of a CRM on the terminal: shown as they stand, never obeyed."""

from __future__ import annotations

import json

import pytest

from tests import worlds
from tests.integration.cli.conftest import Desk
from tests.integration.cli.test_waiting import COMPANY

HOSTILE = "[/bold] :fire: \x1b]0;pwned\x07\x1b[2J\x9b31m Acme"
SHOWN = "[/bold] :fire: ]0;pwned[2J31m Acme"


@pytest.fixture
def hostile(desk: Desk) -> tuple[Desk, str]:
    """A desk with a lost customer and a contact of such a name, and the account's id."""
    desk.rules(crms=("sales",), company=COMPANY)
    worlds.salesforce_losses(desk.sandbox.salesforce, 1)
    org = desk.sandbox.salesforce
    [account], [contact] = org.all("Account"), org.all("Contact")
    org.update("Account", account["Id"], {"Name": HOSTILE})
    org.update("Contact", contact["Id"], {"LastName": HOSTILE})
    return desk, account["Id"]


@pytest.mark.parametrize(
    "command",
    [("once", "--dry-run"), ("waiting",), ("explain", "{account}", "--crm", "sales")],
    ids=lambda words: words[0],
)
def test_a_name_of_a_crm_is_text_and_nothing_else(
    hostile: tuple[Desk, str], command: tuple[str, ...]
) -> None:
    desk, account = hostile
    if command[0] != "once":
        desk.once()
    shown = desk(*(word.format(account=account) for word in command), COLUMNS="300")
    assert not set(shown.stdout) & set("\x1b\x07\x9b")
    assert SHOWN in shown.stdout


@pytest.mark.parametrize(
    "command",
    [
        ("undo", "--revision", "1"),
        ("waiting", "--json"),
        ("explain", "{account}", "--crm", "sales", "--json"),
    ],
    ids=lambda words: words[0],
)
def test_nor_is_it_in_lists_and_in_json(
    hostile: tuple[Desk, str], command: tuple[str, ...]
) -> None:
    desk, account = hostile
    desk.once()
    shown = desk(*(word.format(account=account) for word in command)).stdout
    assert "[/bold] :fire:" in shown
    assert not set(shown) & set("\x1b\x07\x9b")
    if "--json" in command:
        assert HOSTILE in told_in(json.loads(shown))


def told_in(answer: object) -> str:
    """All texts of an answer."""
    if isinstance(answer, dict | list):
        inner = answer.values() if isinstance(answer, dict) else answer
        return " ".join(map(told_in, inner))
    return str(answer)
