"""Logging in: both flows, refusals in words, and where the data may come from."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.base import Calls
from connectors.errors import CredentialsRefused, CrmError, Unavailable
from connectors.salesforce.auth import LogInRefused, fetch_token, same_family
from connectors.salesforce.client import Client
from connectors.salesforce.connector import SalesforceConnector
from connectors.sandbox.world import Fault
from connectors.transport import Transport
from tests.connectors.salesforce.conftest import Town, settings

USERNAME = "winback@sandbox.example"


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def log_in(town: Town, clock: float | None = None, **changes: Any) -> Calls:
    calls = Calls()
    transport = Transport(town.sandbox.salesforce_url, calls)
    configured = settings(town.sandbox.salesforce_url, **changes)
    fetch_token(configured, transport, lambda: clock or time.time())
    return calls


def test_jwt_bearer_also_with_line_ends_written_out(town: Town, private_key: str) -> None:
    for key in (private_key, private_key.replace("\n", "\\n")):
        log_in(town, client_secret=None, username=USERNAME, private_key=key)


def test_our_wrong_clock_is_put_right_by_the_servers(town: Town, private_key: str) -> None:
    wrong = time.time() - 7_200
    calls = log_in(town, wrong, client_secret=None, username=USERNAME, private_key=private_key)
    assert calls.auth == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"client_secret": "wr0ng-canary"}, "refused the log-in"),
        ({"client_secret": None}, "needs client_secret, or username and private_key"),
        ({"password": "canary"}, "retires the log-in by password"),
        ({"client_secret": None, "username": "u", "private_key": "canary"}, "PEM form"),
        ({"org_id": "00D000000000999"}, "names org_id"),
    ],
)
def test_refusals_say_what_to_mend(town: Town, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CredentialsRefused, match=sentence) as caught:
        log_in(town, **changes)
    assert "canary" not in str(caught.value)
    assert "canary" not in repr(settings("https://x.example", **changes))


def test_what_the_org_says_of_a_refused_log_in_is_for_people_and_no_log(town: Town) -> None:
    body = {"error": "invalid_grant", "error_description": "Ms Bauer has left"}
    town.fault("status", kind="auth", status=400, body=body)
    with pytest.raises(CredentialsRefused, match=r"\(invalid_grant: Ms Bauer has left\)") as caught:
        log_in(town)
    for error in (caught.value, copy.copy(caught.value)):  # the copy is for who waited for it
        assert "(invalid_grant)" in error.in_our_words
        assert "Bauer" not in error.in_our_words


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"access_token": "t", "instance_url": "https://evil.example"}, CredentialsRefused),
        ({"access_token": "t", "instance_url": "http://10.0.0.1"}, CredentialsRefused),
        ({"nothing": 1}, CredentialsRefused),
        ("<html>", Unavailable),
        ([1], Unavailable),
    ],
)
def test_odd_token_answers(town: Town, body: object, error: type[Exception]) -> None:
    town.sandbox.world.faults.append(Fault("status", kind="auth", status=200, body=body))
    with pytest.raises(error):
        log_in(town)


def test_an_expired_session_is_refreshed_once(town: Town) -> None:
    client = Client(settings(town.sandbox.salesforce_url), calls := Calls())
    client.call("GET", "limits/", kind="other")
    body = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    town.fault("status", status=401, body=body, path="limits")
    assert "DailyApiRequests" in client.call("GET", "limits/", kind="other")
    assert calls.auth == 2
    town.fault("status", status=401, body=body, path="limits", times=2)
    with pytest.raises(CredentialsRefused, match="right after the log-in"):
        client.call("GET", "limits/", kind="other")
    assert calls.auth == 3


@pytest.mark.parametrize(
    ("instance", "base", "same"),
    [
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com", True),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://acme.my.salesforce.com", True),
        ("https://acme.my.salesforce.com", "https://login.salesforce.com", True),
        ("https://evil.my.salesforce.com", "https://acme.my.salesforce.com", False),
        ("https://acme.evil.example", "https://acme.my.salesforce.com", False),
        ("https://acme.my.salesforce.com.evil.example", "https://acme.my.salesforce.com", False),
        ("http://127.0.0.1:2", "http://127.0.0.1:1", True),
        ("https://acme.my.salesforce.com", "http://127.0.0.1:1", False),
        ("http://127.0.0.1:1", "https://acme.my.salesforce.com", False),
    ],
)
def test_whose_host_the_data_may_come_from(instance: str, base: str, same: bool) -> None:
    assert same_family(instance, base) is same


def test_the_assertion_is_for_the_orgs_own_address(town: Town, private_key: str) -> None:
    sent: dict[str, Any] = {}

    class Listening(Transport):
        def request(self, method: str, url: str, **options: Any) -> Any:
            sent.update(options["data"])
            return super().request(method, url, **options)

    base = town.sandbox.salesforce_url
    configured = settings(base, client_secret=None, username=USERNAME, private_key=private_key)
    fetch_token(configured, Listening(base, Calls()))
    claims = jwt.decode(sent["assertion"], options={"verify_signature": False})
    assert claims["aud"] == base
    assert claims["iss"] == "sandbox"
    assert isinstance(claims["exp"], int)


@pytest.mark.parametrize("version", ["v67.0", "67", "v68"])
def test_versions_that_are_taken(version: str) -> None:
    SalesforceConnector(settings("https://acme.my.salesforce.com", api_version=version))


def test_a_version_or_address_that_cannot_be_is_refused_at_once() -> None:
    for changes in ({"api_version": "latest"}, {}):
        url = "https://acme.my.salesforce.com" if changes else "http://acme.example"
        with pytest.raises(ValueError, match=r"v67\.0|https"):
            SalesforceConnector(settings(url, **changes))


def at_the_same_moment(calls: Sequence[Callable[[], object]]) -> list[BaseException | None]:
    """What each raises, in a thread of its own."""
    ready = Barrier(len(calls))

    def one(call: Callable[[], object]) -> BaseException | None:
        ready.wait()
        try:
            call()
        except CrmError as error:
            return error
        return None

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(one, calls))


def test_threads_with_an_expired_session_log_in_once(town: Town) -> None:
    client = Client(settings(town.sandbox.salesforce_url), calls := Calls())
    client.call("GET", "limits/", kind="other")
    town.org.sessions.expire_all()
    asks = [partial(client.call, "GET", "limits/", kind="other")] * 4
    assert at_the_same_moment(asks) == [None] * 4
    assert calls.auth == 2


def test_threads_that_wait_for_a_log_in_share_its_refusal(town: Town) -> None:
    town.sandbox.world.latency = 0.1  # so that all of them wait
    configured = settings(town.sandbox.salesforce_url, client_secret="another")
    client = Client(configured, calls := Calls())
    refused = at_the_same_moment([partial(client.call, "GET", "limits/", kind="other")] * 4)
    assert [type(one) for one in refused] == [LogInRefused] * 4
    assert len({str(one) for one in refused}) == 1
    assert calls.auth == 1
    with pytest.raises(CredentialsRefused):
        client.call("GET", "limits/", kind="other")
    assert calls.auth == 2  # who did not wait asks anew
