"""Tokens: who may get one, and how long it lives.

JWT bearer: the assertion's signature is checked when a public key is registered, else only its
claims; client credentials: by HTTP Basic or in the form.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from connectors.sandbox.wire import Request, Response
from connectors.sandbox.world import Clock

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LONGEST_LIFE = timedelta(minutes=5, seconds=10)  # of an assertion, and a little for the way
_LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")


class TokenRefused(Exception):
    """The OAuth error and its description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class Sessions:
    """The org's credentials and the tokens it gave. The token's life starts again at each use."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.client_id = "sandbox"
        self.client_secret = "sandbox"  # noqa: S105 (the sandbox has no secret)
        self.username = "winback@sandbox.example"
        self.public_key: str | None = None
        self.life_seconds = 7200.0
        self.base_url = ""
        self._used_at: dict[str, datetime] = {}

    def token(self, request: Request) -> str:
        """A new token. Raises TokenRefused."""
        form = request.form()
        grant = form.get("grant_type", "")
        if grant == JWT_BEARER:
            self._check_assertion(form.get("assertion", ""))
        elif grant == "client_credentials":
            self._check_client(request.headers, form)
        else:
            raise TokenRefused("unsupported_grant_type", "grant type not supported")
        made = "00DWb0000000001!" + secrets.token_urlsafe(48)
        self._used_at[made] = self.clock.now()
        return made

    def is_valid(self, token: str) -> bool:
        used_at = self._used_at.get(token)
        now = self.clock.now()
        if used_at is None or now - used_at > timedelta(seconds=self.life_seconds):
            self._used_at.pop(token, None)
            return False
        self._used_at[token] = now
        return True

    def expire_all(self) -> None:
        self._used_at.clear()

    def _check_client(self, headers: Mapping[str, str], form: Mapping[str, str]) -> None:
        id, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, basic = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                id, _, secret = base64.b64decode(basic).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise TokenRefused("invalid_client", "invalid client credentials") from error
        if id != self.client_id:
            raise TokenRefused("invalid_client_id", "client identifier invalid")
        if secret != self.client_secret:
            raise TokenRefused("invalid_client", "invalid client credentials")

    def _check_assertion(self, assertion: str) -> None:
        claims = self._claims(assertion)
        audience = str(claims.get("aud", "")).rstrip("/")
        if claims.get("iss") != self.client_id:
            raise TokenRefused("invalid_client_id", "client identifier invalid")
        if claims.get("sub") != self.username:
            raise TokenRefused("invalid_grant", "user hasn't approved this consumer")
        if audience not in (self.base_url.rstrip("/"), *_LOGIN_HOSTS):
            raise TokenRefused("invalid_grant", "audience is invalid")
        try:
            expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            raise TokenRefused("invalid_grant", "expired authorization code") from error
        # A test that moves the sandbox's clock does not move that of its client: either will do.
        clocks = (self.clock.now(), datetime.now(UTC))
        if not any(now < expires_at <= now + _LONGEST_LIFE for now in clocks):
            raise TokenRefused("invalid_grant", "expired authorization code")

    def _claims(self, assertion: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                assertion,
                self.public_key or "",
                algorithms=["RS256"],
                options={
                    "verify_signature": self.public_key is not None,
                    "verify_aud": False,
                    "verify_exp": False,
                    "verify_sub": False,
                },
            )
        except (jwt.InvalidTokenError, ValueError) as error:
            raise TokenRefused("invalid_grant", "invalid assertion") from error


def token_answer(
    sessions: Sessions, request: Request, organization_id: str, user_id: str
) -> Response:
    try:
        token = sessions.token(request)
    except TokenRefused as refused:
        body = {"error": refused.error, "error_description": refused.description}
        return Response(400, body)
    issued = str(int(sessions.clock.now().timestamp() * 1000))
    answer = {
        "access_token": token,
        "instance_url": sessions.base_url,
        "id": f"{sessions.base_url}/id/{organization_id}/{user_id}",
        "token_type": "Bearer",
        "scope": "api",
        "issued_at": issued,
        "signature": base64.b64encode(issued.encode()).decode(),
    }
    return Response(200, answer)
