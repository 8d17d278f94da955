"""What any sender can try at a door: secrets by trial, and bodies that are not what they seem."""

from __future__ import annotations

import gzip
import time

import pytest

from connectors.deliveries import Unreadable, is_one_of, read_json
from connectors.salesforce import soap
from tests.payloads import payload

MESSAGE = payload("salesforce/outbound_message.xml")
MANY = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


def with_dtd(dtd: str, text: str = "&a9;") -> bytes:
    """The message with a document type and one text replaced."""
    head, _, rest = MESSAGE.partition(b"?>")
    body = rest.replace(b"006Wb0000000001", text.encode(), 1)
    return head + b"?><!DOCTYPE Envelope " + dtd.encode() + b">" + body


def test_every_secret_is_compared_however_early_one_is_right() -> None:
    secrets = iter(["right", "old", "older"])
    assert is_one_of("right", secrets)
    assert list(secrets) == []


class OnlyAsAWhole(str):
    """A text that must not be compared sign by sign, which takes the longer the better it fits."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared by ==")


def test_secrets_are_compared_in_constant_time() -> None:
    assert is_one_of(OnlyAsAWhole("right"), ["right"])
    assert not is_one_of("wrong", [OnlyAsAWhole("right")])


def test_no_secret_is_no_key() -> None:
    assert not is_one_of("", [""])
    assert not is_one_of("", [])
    assert not is_one_of("Schlüssel", ["key"])


@pytest.mark.parametrize(
    "body",
    [
        with_dtd(f'[<!ENTITY a0 "0123456789">{MANY}]'),
        with_dtd('[<!ENTITY a9 SYSTEM "file:///etc/passwd">]'),
        with_dtd('[<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]', "x"),
        with_dtd('SYSTEM "http://127.0.0.1:9/x.dtd"', "x"),
        b"<a>" * 140_000 + b"</a>" * 140_000,
        gzip.compress(MESSAGE),
    ],
    ids=["billion laughs", "a file", "an address", "a DTD", "deep", "compressed"],
)
def test_xml_that_is_a_trap(body: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(Unreadable):
        soap.read(body)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "body",
    [b"[NaN]", b"[-Infinity]", b"[" * 1_000_000, b"9" * 10_000, gzip.compress(b"[]"), b"\xff\xfe["],
    ids=["not a number", "without end", "deep", "long", "compressed", "half a character"],
)
def test_json_that_is_a_trap(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_json(body)
