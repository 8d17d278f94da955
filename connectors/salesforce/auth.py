"""The access token: client credentials or JWT bearer, on the org's own host. Never SOAP login.

simple-salesforce's own log-ins are not used: they are fixed to salesforce.com hosts, have no
time-out, and two of them are the SOAP login that Salesforce retires with Summer '27.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from connectors.errors import CredentialsRefused, Unavailable
from connectors.hosts import checked_origin, is_loopback
from connectors.salesforce.settings import SalesforceSettings
from connectors.transport import Answer, Transport

_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_SECONDS = 180  # Salesforce takes an expiry of at most five minutes ahead
_SKEW_SECONDS = 60
_CODE = re.compile(r"\w{1,60}")  # as in invalid_grant


@dataclass(frozen=True, slots=True)
class Token:
    """`user_id` is the running user's, where the org named it."""

    access: str
    instance: str
    user_id: str | None = None

    def __repr__(self) -> str:
        return f"Token(instance={self.instance!r})"

    def text(self) -> str:
        """As it is kept for other processes."""
        return json.dumps([self.access, self.instance, self.user_id])


def fetch_token(
    settings: SalesforceSettings, transport: Transport, clock: Callable[[], float] = time.time
) -> Token:
    """Ask the org for a token: one call, two where our clock turns out to be wrong.

    `clock` gives seconds since 1970, for the assertion's expiry. Raises CredentialsRefused with
    what to mend, or Unavailable.
    """
    answer = _ask(settings, transport, clock())
    server_now = transport.server_now()
    signed = settings.client_secret is None
    if signed and answer.status_code >= 400 and server_now is not None:
        server_seconds = server_now.timestamp()
        # An assertion that had expired before it came is how a wrong clock of ours shows.
        if abs(server_seconds - clock()) > _SKEW_SECONDS:
            answer = _ask(settings, transport, server_seconds)
    body = _body(answer)
    if answer.status_code >= 400 or not isinstance(body.get("access_token"), str):
        raise _refused(settings, answer.status_code, body)
    return _token(settings, transport, body)


def kept_token(settings: SalesforceSettings, transport: Transport, text: str) -> Token | None:
    """A `Token.text` that another process of any release kept, checked as if the org had said it
    just now; None where it is of no use."""
    try:
        access, url, user_id = json.loads(text)
        instance = _instance(url, checked_origin(settings.base_url))
    except (ValueError, TypeError, AttributeError, CredentialsRefused):
        return None
    return Token(access, transport.allow(instance), user_id) if isinstance(access, str) else None


def _ask(settings: SalesforceSettings, transport: Transport, now: float) -> Answer:
    _check_configured(settings)
    form = {"grant_type": "client_credentials"}
    if settings.client_secret is not None:
        form |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
    else:
        form = {"grant_type": _JWT_GRANT, "assertion": _assertion(settings, now)}
    return transport.request("POST", "services/oauth2/token", kind="auth", data=form)


def _check_configured(settings: SalesforceSettings) -> None:
    if settings.password is not None:
        raise CredentialsRefused(
            f"[crm.{settings.name}] has a password: Salesforce retires the log-in by password"
            " (Summer '27), so it is not offered. Use an External Client App with client_secret,"
            " or with username and private_key"
        )
    has_key = settings.username is not None and settings.private_key is not None
    if settings.client_secret is None and not has_key:
        raise CredentialsRefused(
            f"[crm.{settings.name}] needs client_secret, or username and private_key"
        )


def _assertion(settings: SalesforceSettings, now: float) -> str:
    """The audience is the My Domain address: External Client Apps refuse the generic hosts."""
    import jwt  # noqa: PLC0415 (its cryptography takes 8 MB, which other log-ins do without)

    claims = {
        "iss": settings.client_id,
        "sub": settings.username,
        "aud": checked_origin(settings.base_url),
        "exp": int(now) + _ASSERTION_SECONDS,
    }
    # An environment variable often holds the line ends of a PEM file as two characters.
    key = (settings.private_key or "").replace("\\n", "\n")
    try:
        return jwt.encode(claims, key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise CredentialsRefused(
            f"[crm.{settings.name}] private_key is not an RSA private key in PEM form"
        ) from None


def _body(answer: Answer) -> dict[str, Any]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        return body
    if answer.status_code < 400:
        raise Unavailable("the log-in answered with something that is not a token")
    return {}


class LogInRefused(CredentialsRefused):
    """`in_our_words` leaves out what the org said of it, which is for people who look."""

    def __init__(self, sentence: str, in_our_words: str | None = None) -> None:
        super().__init__(sentence)
        self._in_our_words = in_our_words or sentence

    @property
    def in_our_words(self) -> str:
        return self._in_our_words


def _refused(
    settings: SalesforceSettings, status: int, body: dict[str, Any]
) -> CredentialsRefused | Unavailable:
    told = str(body.get("error", ""))
    code = told if _CODE.fullmatch(told) else f"status {status}"
    words = str(body.get("error_description", ""))
    for secret in (settings.client_secret, settings.private_key):
        if secret:
            words = words.replace(secret, "***")
    if status == 429 or "rate exceeded" in words.lower():
        return Unavailable(f"Salesforce lets nobody log in just now ({code})")
    said = f"{code}: {words[:200]}" if words else code
    return LogInRefused(*(_log_in_refused(settings.name, one) for one in (said, code)))


def _log_in_refused(name: str, said: str) -> str:
    return (
        f"Salesforce refused the log-in of [crm.{name}] ({said}). Look at the External Client"
        " App: its flow, its Run As user or pre-authorised users, and base_url"
    )


def _token(settings: SalesforceSettings, transport: Transport, body: dict[str, Any]) -> Token:
    base = checked_origin(settings.base_url)
    instance = base
    if body.get("instance_url"):
        instance = _instance(str(body["instance_url"]), base)
    org_id, user_id = _identity(str(body.get("id", "")))
    # 15 characters: the other three only repeat the first in another form.
    if settings.org_id and org_id and settings.org_id[:15] != org_id[:15]:
        raise CredentialsRefused(
            f"[crm.{settings.name}] names org_id {settings.org_id}, but the log-in leads to"
            f" {org_id}"
        )
    return Token(str(body["access_token"]).strip(), transport.allow(instance), user_id)


def _instance(url: str, base: str) -> str:
    try:
        instance = checked_origin(url)
    except ValueError:
        instance = ""
    if not instance or not same_family(instance, base):
        raise CredentialsRefused(
            f"the log-in at {base} names another host for the data"
            f" ({urlsplit(url).hostname}), which is not of the same My Domain: set base_url to"
            " the org's own My Domain address"
        )
    return instance


_GENERIC = ("login.salesforce.com", "test.salesforce.com")
_SUFFIXES = (".salesforce.com", ".salesforce.mil", ".sfcrmproducts.cn")


def same_family(instance: str, base: str) -> bool:
    """Whether the org at `base` may serve its data from `instance` (both checked origins).

    The same host; loopback for loopback; another host of the same My Domain name (`acme` in
    `acme.my.salesforce.com` and `acme--uat.sandbox.my.salesforce.com`); any My Domain where the
    configured host is the one that all orgs share.
    """
    if instance == base:
        return True
    here, there = urlsplit(base).hostname or "", urlsplit(instance).hostname or ""
    if is_loopback(here):
        return is_loopback(there)
    if not instance.startswith("https://"):
        return False
    for suffix in _SUFFIXES:
        if here.endswith(suffix) and there.endswith(suffix):
            return here in _GENERIC or _domain_name(here) == _domain_name(there)
    return False


def _domain_name(host: str) -> str:
    return host.split(".", maxsplit=1)[0].split("--", maxsplit=1)[0]


def _identity(url: str) -> tuple[str | None, str | None]:
    """Org and user of an identity address, `https://host/id/{org}/{user}`."""
    parts = urlsplit(url).path.strip("/").split("/")
    if len(parts) == 3 and parts[0] == "id":
        return parts[1], parts[2]
    return None, None
