"""Tokens that another process got: taken as they are kept, checked, and renewed when they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from connectors.base import Calls
from connectors.errors import CredentialsRefused
from connectors.log_ins import Credentials
from connectors.salesforce.client import Client
from tests.connectors.salesforce.conftest import Town, settings


@dataclass
class Shelf:
    """Keeps one token for all, in this process."""

    kept: str | None = None

    def token(
        self, _credentials: Credentials, log_in: Callable[[], str], *, refused: str | None = None
    ) -> str:
        if self.kept in {None, refused}:
            self.kept = log_in()
        assert self.kept is not None
        return self.kept


def client(town: Town, shelf: Shelf) -> Client:
    return Client(settings(town.sandbox.salesforce_url), Calls(), log_ins=shelf)


def ask(one: Client) -> None:
    assert "DailyApiRequests" in one.call("GET", "limits/", kind="other")


def test_a_token_is_taken_as_another_process_kept_it(town: Town) -> None:
    shelf = Shelf()
    first, second = client(town, shelf), client(town, shelf)
    ask(first)
    ask(second)
    assert (first.transport.calls.auth, second.transport.calls.auth) == (1, 0)
    assert second.user_id() == first.user_id() is not None


def test_a_kept_token_that_has_ended_is_renewed_once_for_all(town: Town) -> None:
    shelf = Shelf()
    clients = [client(town, shelf) for _ in range(4)]
    for one in clients:
        ask(one)
    town.org.sessions.expire_all()
    for one in clients:
        ask(one)
    assert [one.transport.calls.auth for one in clients] == [2, 0, 0, 0]


def test_one_call_finds_out_for_all_threads_that_a_kept_token_has_ended(town: Town) -> None:
    shelf = Shelf()
    ask(client(town, shelf))
    town.org.sessions.expire_all()
    one = client(town, shelf)
    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(ask, [one] * 8))) == 8
    assert (one.transport.calls.other, one.transport.calls.auth) == (8 + 1, 1)


def test_the_kept_token_may_have_ended_as_well_as_ours(town: Town) -> None:
    shelf = Shelf()
    idle, busy = client(town, shelf), client(town, shelf)
    ask(idle)
    for _ in range(2):
        town.org.sessions.expire_all()
        ask(busy)
    town.org.sessions.expire_all()
    ask(idle)
    assert (idle.transport.calls.auth, busy.transport.calls.auth) == (2, 2)


def test_tokens_that_are_refused_whoever_got_them_are_not_asked_for_for_ever(town: Town) -> None:
    shelf = Shelf()
    one, other = client(town, shelf), client(town, shelf)
    ask(one)
    ask(other)
    town.org.sessions.expire_all()
    ask(one)
    body = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    town.fault("status", status=401, body=body, path="limits", times=1_000)
    before = other.transport.calls.total
    with pytest.raises(CredentialsRefused, match="right after the log-in"):
        other.call("GET", "limits/", kind="other")
    assert other.transport.calls.total - before == 4  # with its own, the kept one, its next one
    assert other.transport.calls.auth == 1


@pytest.mark.parametrize(
    "kept",
    [
        json.dumps(["t", "https://evil.example", None]),
        json.dumps(["t", "http://10.0.0.1", None]),
        json.dumps(["t", None, None]),
        json.dumps([7, "http://127.0.0.1:1", None]),
        json.dumps(["t"]),
        json.dumps({"access": "t"}),
        "not JSON",
    ],
)
def test_odd_kept_tokens_are_not_taken(town: Town, kept: str) -> None:
    shelf = Shelf(kept)
    ask(one := client(town, shelf))
    assert one.transport.calls.auth == 1
    assert shelf.kept != kept


def test_a_token_is_for_the_credentials_that_it_was_given_for() -> None:
    url = "https://acme.my.salesforce.com"
    plain = settings(url).credentials()
    assert plain == settings(f"{url}/", api_version="v66.0").credentials()
    changed = [
        settings("https://other.my.salesforce.com").credentials(),
        settings(url, client_secret="another").credentials(),
        settings(url, org_id="00D000000000001").credentials(),
        settings(url, client_secret=None, username="a", private_key="sandbox").credentials(),
        settings(url, client_secret=None, username="b", private_key="sandbox").credentials(),
    ]
    assert len({plain, *changed}) == 6
    assert "sandbox" not in repr(Credentials((), "sandbox"))
