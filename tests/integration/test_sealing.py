"""A sealed token opens for the credentials that it was given for, and for nobody else."""

from __future__ import annotations

import pytest

from connectors.log_ins import Credentials
from integration.sealing import Seal

NAMES = ("sales", "https://acme.my.salesforce.com", "app", "winback@acme.example", "")
SEAL = Seal(Credentials(NAMES, "s3cret"))
TOKEN = "00D000000000001!AQ.token-canary"


def test_it_opens_for_the_same_credentials_in_any_process() -> None:
    sealed = SEAL.closed(TOKEN)
    again = Seal(Credentials(NAMES, "s3cret"))
    assert again.mark == SEAL.mark
    assert again.opened(sealed) == TOKEN


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_it_does_not_open_under_another_name(place: int) -> None:
    names = [*NAMES]
    names[place] += "x"
    other = Seal(Credentials(tuple(names), "s3cret"))
    assert other.mark != SEAL.mark
    assert other.opened(SEAL.closed(TOKEN)) is None


def test_names_that_run_together_are_not_the_same() -> None:
    one, other = Credentials(("ab", "c"), "s"), Credentials(("a", "bc"), "s")
    assert Seal(one).mark != Seal(other).mark


def test_it_does_not_open_once_the_secret_is_another_one() -> None:
    other = Seal(Credentials(NAMES, "s3cret2"))
    assert other.mark != SEAL.mark
    assert other.opened(SEAL.closed(TOKEN)) is None


def test_neither_the_seal_nor_the_mark_shows_anything() -> None:
    shown = SEAL.closed(TOKEN) + SEAL.mark
    assert SEAL.closed(TOKEN) != SEAL.closed(TOKEN)
    for word in (TOKEN, "canary", "s3cret", *NAMES[:4]):
        assert word not in shown


@pytest.mark.parametrize("found", ["", "AAAA", "no base64 at all", "é"])
def test_what_is_no_sealed_token(found: str) -> None:
    assert SEAL.opened(found) is None


def test_what_was_changed_does_not_open() -> None:
    sealed = SEAL.closed(TOKEN)
    changed = ("B" if sealed[20] != "B" else "C").join((sealed[:20], sealed[21:]))
    assert SEAL.opened(changed) is None
