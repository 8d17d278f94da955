"""One made-up contact for each account of the data, which have none: always the same."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from integration.demo.names import country_of, plain


class Contact(NamedTuple):
    first: str
    last: str
    email: str
    phone: str


def contact_of(account: str) -> Contact:
    rng = Random(account)
    words = country_of("US")
    first, last = rng.choice(words.first), rng.choice(words.last)
    domain = f"{plain(account)}.example"
    return Contact(
        first,
        last,
        f"{plain(first)}.{plain(last)}@{domain}",
        f"+1 312 555 0{rng.randint(100, 199)}",
    )
