"""SOQL that we write: quoting, names, and lists short enough for an address."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Calls
from connectors.salesforce import soql
from connectors.salesforce.client import Client
from tests.connectors.salesforce.conftest import Town, settings


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_text_can_leave_its_quotes(value: str) -> None:
    """Every quote and backslash inside is escaped, so the literal ends where we end it."""
    inner = soql.text(value)[1:-1]
    assert inner.replace("\\\\", "").replace("\\'", "").count("'") == 0
    assert not inner.replace("\\\\", "").endswith("\\")
    assert "\n" not in inner


@pytest.mark.parametrize("value", ["O'Neil", "a\\", "\\' OR Name != '", "шалом 😀", 'x"y'])
def test_the_org_reads_back_what_was_quoted(town: Town, value: str) -> None:
    meant = town.org.create("Account", {"Name": value})
    client = Client(settings(town.sandbox.salesforce_url), Calls())
    page = client.query(soql.select(("Id",), "Account", f"Name = {soql.text(value)}"))
    assert [row["Id"] for row in page["records"]] == [meant]


@pytest.mark.parametrize("name", ["", "1x", "a b", "Id FROM User", "a;b", "Owner.Name", "x" * 200])
def test_names_that_are_none_are_refused(name: str) -> None:
    assert not soql.is_name(name)
    with pytest.raises(ValueError, match="not a Salesforce name"):
        soql.select((name,), "Account")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), max_size=400))
def test_lists_are_split_to_fit_an_address(values: list[str]) -> None:
    chunks = list(soql.in_lists("Id", values, room=2_000))
    assert all(len(quote_plus(chunk)) < 2_000 + 1_000 for chunk in chunks)
    whole = ",".join(chunk.removeprefix("Id IN (").removesuffix(")") for chunk in chunks)
    assert whole == ",".join(soql.text(value) for value in values)


def test_instants() -> None:
    at = datetime(2026, 11, 21, 10, 0, 1, 250_000, tzinfo=UTC)
    assert soql.instant(at) == "2026-11-21T10:00:01.250Z"
    assert soql.instant(at.replace(microsecond=250_001)) == "2026-11-21T10:00:01.250001Z"
