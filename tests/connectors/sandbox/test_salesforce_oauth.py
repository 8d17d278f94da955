"""Who gets a token, and when it dies."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.sandbox.server import Sandbox, start
from tests.connectors.sandbox.salesforce_calls import CREDENTIALS, Caller

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def running() -> Iterator[Sandbox]:
    with start() as sandbox:
        yield sandbox


def _token(sandbox: Sandbox, data: dict[str, str], **more: Any) -> requests.Response:
    url = f"{sandbox.salesforce_url}/services/oauth2/token"
    return requests.post(url, data=data, timeout=5, **more)


def _assertion(sandbox: Sandbox, **changes: Any) -> dict[str, str]:
    claims = {
        "iss": "sandbox",
        "sub": "winback@sandbox.example",
        "aud": sandbox.salesforce_url,
        "exp": str(int((datetime.now(UTC) + timedelta(minutes=3)).timestamp())),
        **changes,
    }
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    return {"grant_type": grant, "assertion": jwt.encode(claims, _KEY, "RS256")}


def test_client_credentials_by_form_and_by_basic(running: Sandbox) -> None:
    answer = _token(running, CREDENTIALS).json()
    assert answer["instance_url"] == running.salesforce_url
    basic = base64.b64encode(b"sandbox:sandbox").decode()
    headers = {"Authorization": f"Basic {basic}"}
    again = _token(running, {"grant_type": "client_credentials"}, headers=headers)
    assert again.json()["access_token"] != answer["access_token"]


def test_wrong_secret_is_refused(running: Sandbox) -> None:
    answer = _token(running, {**CREDENTIALS, "client_secret": "wrong"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


def test_an_assertion_signed_with_the_registered_key(running: Sandbox) -> None:
    pem = _KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    running.salesforce.sessions.public_key = pem.decode()
    assert _token(running, _assertion(running)).status_code == 200
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    running.salesforce.sessions.public_key = other.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
    assert _token(running, _assertion(running)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"iss": "somebody"}, "invalid_client_id"),
        ({"sub": "somebody@else.example"}, "invalid_grant"),
        ({"aud": "https://elsewhere.example"}, "invalid_grant"),
        ({"exp": 1}, "invalid_grant"),
        ({"exp": 4102444800}, "invalid_grant"),
    ],
)
def test_claims_are_checked(running: Sandbox, changes: dict[str, Any], error: str) -> None:
    assert _token(running, _assertion(running, **changes)).json()["error"] == error


def test_no_token_a_wrong_one_and_an_expired_one(running: Sandbox) -> None:
    call = Caller(running)
    assert call("GET", "limits").status_code == 200
    running.world.clock.advance(7300)
    expired = call("GET", "limits")
    assert expired.status_code == 401
    assert expired.json()[0]["errorCode"] == "INVALID_SESSION_ID"
    call.session.headers.pop("Authorization")
    assert call("GET", "limits").status_code == 401


def test_a_used_token_lives_on(running: Sandbox) -> None:
    call = Caller(running)
    for _ in range(3):
        running.world.clock.advance(5000)
        assert call("GET", "limits").status_code == 200


def test_versions(running: Sandbox) -> None:
    call = Caller(running)
    base = f"{running.salesforce_url}/services/data"
    answered = {
        v: call("GET", f"{base}/{v}/limits").status_code for v in ("v30.0", "v31.0", "v68.0")
    }
    assert answered == {"v30.0": 410, "v31.0": 200, "v68.0": 200}
    assert call("GET", f"{base}/v69.0/limits").status_code == 404


def test_the_daily_quota_runs_out(running: Sandbox) -> None:
    call = Caller(running)
    running.salesforce.daily_limit = 1
    assert call("GET", "limits").headers["Sforce-Limit-Info"] == "api-usage=1/1"
    refused = call("GET", "limits")
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_an_address_over_16_kib(running: Sandbox) -> None:
    assert Caller(running)("GET", "query", params={"q": "x" * 16_400}).status_code == 414
