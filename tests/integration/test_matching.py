"""By what an account is known in two CRMs."""

from __future__ import annotations

import pytest

from integration.matching import domain_of, shared_id_of
from rules.model import Account, Kind, Ref, Snapshot, Value


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("acme.example", "acme.example"),
        ("https://WWW.Acme.example/de?x=1", "acme.example"),
        (" acme.example. ", "acme.example"),
        ("shop.acme.example:8080", "shop.acme.example"),
        ("gmail.com", None),
        ("http://www.linkedin.com/company/acme", None),
        ("acme", None),
        ("", None),
        (None, None),
    ],
)
def test_domains_as_both_crms_would_have_them(given: str | None, expected: str | None) -> None:
    assert domain_of(Account("1", "Acme", domain=given)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("001Wb0000000001", "001Wb0000000001IAA"),
        ("001Wb0000000001IAA", "001Wb0000000001IAA"),
        (4711, "4711"),
        ("123456789012345", "123456789012345"),
        (" ", None),
        (None, None),
    ],
)
def test_ids_are_compared_in_full(value: Value, expected: str | None) -> None:
    account = Snapshot(Ref("Account", "1"), Kind.ACCOUNT, fields={"Other_Id__c": value})
    assert shared_id_of(account, "Other_Id__c") == expected
    assert shared_id_of(account, None) is None
