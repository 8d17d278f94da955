"""Did HubSpot send this? The signatures of webhooks, versions 1 to 3, on our own few lines.

HubSpot's client has a check too; it accepts timestamps from the future, leaves the address as
it is, and raises TypeError for a header that is missing or not ASCII.
https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from connectors.deliveries import Posted, Unsigned, Untrusted, is_one_of

V1: Final = "v1"
V2: Final = "v2"
V3: Final = "v3"
VERSIONS: Final = (V1, V2, V3)

SIGNATURE: Final = "x-hubspot-signature"
SIGNATURE_VERSION: Final = "x-hubspot-signature-version"
SIGNATURE_V3: Final = "x-hubspot-signature-v3"
TIMESTAMP: Final = "x-hubspot-request-timestamp"

WINDOW_IN_SECONDS: Final = 300
"""HubSpot's own rule for the past; from the future nothing comes but a wrong clock."""

_Sign = Callable[[str, Posted], str]

_MILLISECONDS = re.compile(r"[0-9]{1,15}")
# what HubSpot decodes in the address before it signs: these and nothing else (`%20` stays)
_DECODED: Final = {
    f"%{ord(sign):02X}": sign
    for sign in (":", "/", "?", "@", "!", "$", "'", "(", ")", "*", ",", ";")
}
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)


def signed_v1(secret: str, posted: Posted) -> str:
    """SHA-256 in hex over secret and body: classic webhooks and those of private apps."""
    return hashlib.sha256(secret.encode() + posted.body).hexdigest()


def signed_v2(secret: str, posted: Posted) -> str:
    """SHA-256 in hex over secret, method, address and body: workflow actions."""
    source = f"{secret}{posted.method}{posted.url}".encode()
    return hashlib.sha256(source + posted.body).hexdigest()


def signed_v3(secret: str, posted: Posted) -> str:
    """HMAC-SHA256 in base64 over method, address, body and timestamp."""
    head = f"{posted.method}{decoded(posted.url)}".encode()
    source = head + posted.body + posted.headers.get(TIMESTAMP, "").encode()
    return base64.b64encode(hmac.digest(secret.encode(), source, "sha256")).decode()


def decoded(url: str) -> str:
    """The address as HubSpot signs it."""
    return _ENCODED.sub(lambda match: _DECODED[match[0].upper()], url)


def check(posted: Posted, secrets: Iterable[str], versions: Sequence[str], now: datetime) -> None:
    """Raises `Untrusted`.

    `versions` are those that the admin allows. A request with a v3 signature is judged by that
    one alone where v3 is allowed: an older one beside it says nothing about the time.
    """
    if not any(name in posted.headers for name in (SIGNATURE_V3, SIGNATURE, TIMESTAMP)):
        raise Unsigned("the signature is missing")
    signs: list[_Sign]
    if V3 in versions and (SIGNATURE_V3 in posted.headers or TIMESTAMP in posted.headers):
        _check_time(posted.headers.get(TIMESTAMP, ""), now)
        header, signs = SIGNATURE_V3, [signed_v3]
    else:
        header, signs = SIGNATURE, _older(posted, versions)
    given = posted.headers.get(header, "")
    if not given or not given.isascii():
        raise Untrusted("the signature is missing, or not ASCII")
    if not is_one_of(given, [sign(secret, posted) for secret in secrets for sign in signs]):
        raise Untrusted("the signature is not of this app's secret, or of another address")


_OLDER: Final[dict[str, _Sign]] = {V1: signed_v1, V2: signed_v2}


def _older(posted: Posted, versions: Sequence[str]) -> list[_Sign]:
    """By the version that the request names; where it names none, all that are allowed."""
    named = posted.headers.get(SIGNATURE_VERSION, "").strip().lower()
    found = [sign for version, sign in _OLDER.items() if version in versions]
    if not named:
        return found
    return [_OLDER[named]] if named in _OLDER and named in versions else []


def _check_time(given: str, now: datetime) -> None:
    if not _MILLISECONDS.fullmatch(given):
        raise Untrusted("the timestamp is missing, or there is not exactly one")
    if abs(now.timestamp() - int(given) / 1000) > WINDOW_IN_SECONDS:
        raise Untrusted("the timestamp is more than five minutes away from our clock")
