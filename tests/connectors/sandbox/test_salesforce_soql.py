"""The query language, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.sandbox.salesforce.fields import FieldDef, Option
from connectors.sandbox.server import start
from tests.connectors.sandbox.salesforce_calls import Caller


@pytest.fixture(scope="module")
def call() -> Iterator[Caller]:
    with start() as sandbox:
        org = sandbox.salesforce
        why = FieldDef("Why__c", "multipicklist", options=[Option("Price"), Option("Service")])
        org.define_field("Account", why)
        ann = org.create("User", {"Username": "ann@x.example", "LastName": "Lee"})
        bob = org.create(
            "User",
            {"Username": "b@x.example", "LastName": "Bo", "ManagerId": ann, "IsActive": False},
        )
        for name, employees, owner, why_ in (
            ("Alpha", 10, ann, "Price"),
            ("beta", 20, bob, "Price;Service"),
            ("O'Neil", None, bob, None),
        ):
            id = org.create(
                "Account",
                {"Name": name, "NumberOfEmployees": employees, "OwnerId": owner, "Why__c": why_},
            )
            for amount, stage in ((100, "Closed Won"), (50, "Closed Lost")):
                org.create(
                    "Opportunity",
                    {
                        "Name": f"{name} {amount}",
                        "AccountId": id,
                        "Amount": amount,
                        "StageName": stage,
                        "CloseDate": "2024-03-01" if amount == 100 else "2025-06-30",
                    },
                )
        org.world.clock.advance(2)
        yield Caller(sandbox)


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Name = 'ALPHA'", ["Alpha"]),
        (r"Name = 'O\'Neil'", ["O'Neil"]),
        ("Name LIKE '%e%'", ["O'Neil", "beta"]),
        ("Name LIKE '_lpha'", ["Alpha"]),
        (r"Name LIKE 'A\%'", []),
        ("NumberOfEmployees = null", ["O'Neil"]),
        ("NumberOfEmployees != 10", ["O'Neil", "beta"]),
        ("NumberOfEmployees > 10", ["beta"]),
        ("NumberOfEmployees <= 20 AND NumberOfEmployees >= 20", ["beta"]),
        ("Name IN ('alpha', 'Beta')", ["Alpha", "beta"]),
        ("Name NOT IN ('alpha', 'Beta')", ["O'Neil"]),
        ("NOT Name = 'alpha'", ["O'Neil", "beta"]),
        ("Name = 'x' OR (Name = 'alpha' AND IsDeleted = false)", ["Alpha"]),
        ("Owner.IsActive = false", ["O'Neil", "beta"]),
        ("Owner.Manager.LastName = 'Lee'", ["O'Neil", "beta"]),
        ("Why__c INCLUDES ('Price;Service')", ["beta"]),
        ("Why__c INCLUDES ('Price', 'Service')", ["Alpha", "beta"]),
        ("CreatedDate = TODAY", ["Alpha", "O'Neil", "beta"]),
        ("CreatedDate < LAST_N_DAYS:3", []),
        ("CreatedDate > 2020-01-01T00:00:00Z", ["Alpha", "O'Neil", "beta"]),
        ("CreatedDate > 2020-01-01T00:00:00%2B01:00", ["Alpha", "O'Neil", "beta"]),
        ("Id IN (SELECT AccountId FROM Opportunity WHERE Name = 'beta 50')", ["beta"]),
        ("Id NOT IN (SELECT AccountId FROM Opportunity WHERE Amount = 50)", []),
        ("Id > ''", ["Alpha", "O'Neil", "beta"]),
    ],
)
def test_conditions(call: Caller, where: str, names: list[str]) -> None:
    found = call.query(f"SELECT Name FROM Account WHERE {where}".replace("%2B", "+"))  # noqa: S608
    assert sorted(one["Name"] for one in found) == names


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Id FROM", "MALFORMED_QUERY"),
        ("SELECT Id Account", "MALFORMED_QUERY"),
        ("SELECT * FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'open", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account LIMIT 1 extra", "MALFORMED_QUERY"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY"),
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Nope.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Nope__c = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 3", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate > '2020-01-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2020-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Description = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Nope__c", "INVALID_TYPE"),
        ("SELECT Id FROM Account LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_refusals(call: Caller, query: str, code: str) -> None:
    assert call.refusal(query) == code


def test_the_sentence_for_an_unknown_column(call: Caller) -> None:
    answer = call("GET", "query", params={"q": "SELECT Nope FROM Account"}).json()
    assert "No such column 'Nope' on entity 'Account'" in answer[0]["message"]


def test_parents_come_as_records(call: Caller) -> None:
    text = "SELECT Name, Owner.Name, Owner.Manager.Name FROM Account WHERE Name = 'beta'"
    owner = call.query(text)[0]["Owner"]
    assert (owner["Name"], owner["Manager"]["Name"]) == ("Bo", "Lee")


def test_children_come_as_lists(call: Caller) -> None:
    text = "SELECT Name, (SELECT Name FROM Opportunities WHERE IsWon = true) FROM Account LIMIT 1"
    children = call.query(text)[0]["Opportunities"]
    assert [one["Name"] for one in children["records"]] == ["Alpha 100"]


def test_order_nulls_limit_and_offset(call: Caller) -> None:
    def names(order: str) -> list[str]:
        return [one["Name"] for one in call.query(f"SELECT Name FROM Account ORDER BY {order}")]  # noqa: S608

    assert names("NumberOfEmployees") == ["O'Neil", "Alpha", "beta"]
    assert names("NumberOfEmployees DESC NULLS LAST") == ["beta", "Alpha", "O'Neil"]
    assert names("Name LIMIT 1 OFFSET 1") == ["beta"]


def test_counts_and_groups(call: Caller) -> None:
    counted = call("GET", "query", params={"q": "SELECT COUNT() FROM Opportunity"}).json()
    assert (counted["totalSize"], counted["records"]) == (6, [])
    text = (
        "SELECT Account.Name, COUNT(Id), MAX(CloseDate) last, SUM(Amount) total FROM Opportunity "
        "WHERE IsWon = true GROUP BY Account.Name ORDER BY Account.Name DESC LIMIT 1"
    )
    assert call.query(text) == [
        {"Name": "O'Neil", "expr0": 1, "last": "2024-03-01", "total": 100.0}
    ]


def test_pages(call: Caller) -> None:
    for number in range(450):
        call.org.create("Product2", {"Name": f"Product {number:03}"})
    options = {"Sforce-Query-Options": "batchSize=200"}
    query = {"q": "SELECT Name FROM Product2 ORDER BY Name"}
    page = call("GET", "query", params=query, headers=options).json()
    names = [one["Name"] for one in page["records"]]
    while not page["done"]:
        page = call("GET", call.url + page["nextRecordsUrl"], headers=options).json()
        names += [one["Name"] for one in page["records"]]
    assert page["totalSize"] == 450
    assert names == [f"Product {number:03}" for number in range(450)]
