"""What a CRM pushes: one HTTP request, read into the records that it names.

A delivery is only a hint to read those records earlier than the next poll would: nothing else
that it says is believed. Whoever reads one takes bytes and gives refs; storing, answering and
the choice of the channel are not made here.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rules.model import Ref

MOST_EVENTS = 100
"""In one delivery: what both CRMs promise not to exceed."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One request as it came. `headers` have names in lower case, and a repeated header's values
    in one, joined by commas; `url` is the address that the CRM called, not that of a proxy."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """The records to look at; none where the delivery is of no concern to us.

    `erased` are people whom the CRM has forgotten for good, by law: they cannot be read again.
    """

    refs: tuple[Ref, ...] = ()
    erased: tuple[Ref, ...] = ()


def is_one_of(given: str, secrets: Iterable[str]) -> bool:
    """All are compared, each in constant time: how long it takes tells nothing of any of them."""
    found = False
    for secret in secrets:
        found |= bool(secret) and hmac.compare_digest(given.encode(), secret.encode())
    return found


class DeliveryRefused(Exception):
    """Nothing of the delivery is used. The sentence is for our log and names no content."""


class Untrusted(DeliveryRefused):
    """Nobody has shown that the CRM sent it. Whoever did learns nothing more than that."""


class Unsigned(Untrusted):
    """It does not even claim to be the CRM's: anybody may have knocked."""


class TooMuch(DeliveryRefused):
    """More events than a delivery has."""


class Unreadable(DeliveryRefused):
    """The CRM sent it, and it is not of the shape that the CRM's documentation gives."""


def read_json(body: bytes) -> Any:
    """What the body says, as it came: a compressed one is not unpacked. Raises `Unreadable`."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
