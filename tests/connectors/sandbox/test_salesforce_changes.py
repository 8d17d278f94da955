"""What changed since: `updated`, `deleted`, late commits, merges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.sandbox.server import start
from tests.connectors.sandbox.salesforce_calls import Caller


@pytest.fixture
def call() -> Iterator[Caller]:
    with start() as sandbox:
        yield Caller(sandbox)


def _now(call: Caller) -> datetime:
    return call.org.world.clock.now()


def _span(call: Caller, what: str, start: datetime, end: datetime | None = None) -> Any:
    args = {"start": start.isoformat(), "end": (end or _now(call)).isoformat()}
    return call("GET", f"sobjects/Account/{what}", params=args).json()


def _covered(answer: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(answer["latestDateCovered"])


def test_polling_by_latest_date_covered_loses_nothing(call: Caller) -> None:
    cursor = _now(call) - timedelta(minutes=5)
    seen: set[str] = set()
    made = []
    for _ in range(4):
        made.append(call.org.create("Account", {"Name": "x"}))
        call.org.world.clock.advance(61)
        answer = _span(call, "updated", cursor)
        seen.update(answer["ids"])
        cursor = _covered(answer)
        assert cursor.second == 0
    assert seen == set(made)


def test_a_long_transaction_holds_the_watermark_back(call: Caller) -> None:
    start_at = _now(call) - timedelta(minutes=5)
    began = _now(call)
    with call.org.long_transaction() as transaction:
        transaction.create("Account", {"Name": "late"})
        call.org.world.clock.advance(600)
        answer = _span(call, "updated", start_at)
        assert answer["ids"] == []
        assert _covered(answer) <= began
    again = _span(call, "updated", _covered(answer))
    assert len(again["ids"]) == 1
    assert _covered(again) > began


def test_the_look_back_is_limited(call: Caller) -> None:
    for what, days in (("updated", 31), ("deleted", 16)):
        answer = _span(call, what, _now(call) - timedelta(days=days))
        assert answer[0]["errorCode"] == "INVALID_REPLICATION_DATE"
    same = _now(call)
    assert _span(call, "updated", same, same)[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_deleted_and_back_again(call: Caller) -> None:
    start_at = _now(call) - timedelta(minutes=5)
    id = call.org.create("Account", {"Name": "x"})
    contact = call.org.create("Contact", {"LastName": "Lee", "AccountId": id})
    call.org.delete("Account", id)
    call.org.world.clock.advance(61)
    assert [one["id"] for one in _span(call, "deleted", start_at)["deletedRecords"]] == [id]
    assert _span(call, "updated", start_at)["ids"] == []
    deleted = call.org.get("Contact", contact)
    assert deleted is not None
    assert deleted["IsDeleted"]
    call.org.undelete("Account", id)
    call.org.world.clock.advance(61)
    assert _span(call, "updated", start_at)["ids"] == [id]


def test_a_merge_leaves_a_pointer(call: Caller) -> None:
    winner, loser = (call.org.create("Account", {"Name": name}) for name in "wl")
    call.org.merge("Account", winner, loser)
    query = f"SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE Id = '{loser}'"  # noqa: S608
    assert call.query(query) == []
    record = call("GET", "queryAll", params={"q": query}).json()["records"][0]
    assert (record["IsDeleted"], record["MasterRecordId"]) == (True, winner)


@pytest.mark.parametrize(
    ("type", "fields", "pointers"),
    [
        ("Contact", {"LastName": "Lee"}, ("AccountId",)),
        (
            "Opportunity",
            {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-11-21"},
            ("AccountId",),
        ),
        ("Task", {"Subject": "x"}, ("WhatId", "AccountId")),
        ("Event", {"Subject": "x"}, ("WhatId", "AccountId")),
        ("Account", {"Name": "branch"}, ("ParentId",)),
    ],
)
def test_what_hung_on_a_merged_account_hangs_on_the_winner(
    call: Caller, type: str, fields: dict[str, str], pointers: tuple[str, ...]
) -> None:
    """https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_merge.htm"""
    winner, loser = (call.org.create("Account", {"Name": name}) for name in "wl")
    child = call.org.create(type, {**fields, pointers[0]: loser})
    call.org.merge("Account", winner, loser)
    moved = call.org.get(type, child)
    assert moved is not None
    assert {moved[pointer] for pointer in pointers} == {winner}


def test_a_task_of_a_deal_keeps_its_deal_when_the_account_is_merged(call: Caller) -> None:
    winner, loser = (call.org.create("Account", {"Name": name}) for name in "wl")
    deal = call.org.create(
        "Opportunity",
        {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-11-21", "AccountId": loser},
    )
    task = call.org.create("Task", {"Subject": "x", "WhatId": deal})
    call.org.merge("Account", winner, loser)
    moved = call.org.get("Task", task)
    assert moved is not None
    assert (moved["WhatId"], moved["AccountId"]) == (deal, winner)


def test_an_automated_change_moves_the_system_stamp_alone(call: Caller) -> None:
    id = call.org.create("Account", {"Name": "x"})
    before = call.org.get("Account", id)
    call.org.world.clock.advance(120)
    call.org.touch("Account", id)
    after = call.org.get("Account", id)
    assert before is not None
    assert after is not None
    assert after["LastModifiedDate"] == before["LastModifiedDate"]
    assert after["SystemModstamp"] > before["SystemModstamp"]


def test_archived_tasks_are_seen_by_query_all_alone(call: Caller) -> None:
    call.org.create("Task", {"Subject": "old", "IsArchived": True})
    assert call.query("SELECT Id FROM Task") == []
    answer = call("GET", "queryAll", params={"q": "SELECT Id FROM Task"}).json()
    assert answer["totalSize"] == 1
