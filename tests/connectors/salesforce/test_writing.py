"""Batches in which some rows fail: each row is settled by its own answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.base import Push, PushKind, PushResult, Settled
from connectors.errors import OutcomeUnknown, Throttled, Unavailable
from rules.model import Field, Ref, TaskDraft
from tests.connectors.salesforce.conftest import REASONS, Town


def draft(town: Town, key: str, **changes: Any) -> TaskDraft:
    due_at = datetime(2027, 1, 14, 8, tzinfo=UTC)
    body = f"Why\n[winback:{key}]"
    made = TaskDraft(key, "Call", body, date(2027, 1, 14), due_at, town.owner, town.account)
    return replace(made, **changes)


def create(town: Town, *drafts: TaskDraft) -> list[PushResult]:
    return town.connector.push([Push(d.key, PushKind.TASK_CREATE, task=d) for d in drafts])


def write(town: Town, ref: Ref | None = None, **values: str | None) -> PushResult:
    ours = {Field(name): value for name, value in values.items()}
    ref = ref or Ref("Opportunity", town.opportunity)
    [result] = town.connector.push([Push("f", PushKind.FIELD, ref=ref, values=ours)])
    return result


def test_two_hundred_rows_are_one_call_and_answered_in_order(equipped: Town) -> None:
    accounts = [equipped.org.create("Account", {"Name": f"{i}"}) for i in range(7)]
    drafts = [draft(equipped, f"r{i}:t:0", account_id=accounts[i % 7]) for i in range(200)]
    create(equipped, draft(equipped, "warm:t:0"))
    before = replace(equipped.connector.calls)
    results = create(equipped, *drafts)
    assert [result.push_id for result in results] == [one.key for one in drafts]
    assert equipped.connector.calls == replace(before, write=before.write + 1)
    by_id = {row["Id"]: row for row in equipped.org.all("Task")}
    for wanted, result in zip(drafts, results, strict=True):
        assert by_id[result.crm_id or ""]["Winback_Key__c"] == wanted.key
        assert by_id[result.crm_id or ""]["WhatId"] == wanted.account_id


def test_a_bad_row_fails_alone(equipped: Town) -> None:
    left = equipped.org.create(
        "User", {"LastName": "Gone", "Username": "gone@x.example", "IsActive": False}
    )
    good, owner, account = create(
        equipped,
        draft(equipped, "r1:t:0"),
        draft(equipped, "r2:t:0", owner_id=left),
        draft(equipped, "r3:t:0", account_id="001Wb0000000999IAA"),
    )
    assert good.settled is Settled.DELIVERED
    assert owner.settled is Settled.OWNER_REFUSED
    assert account.settled is Settled.REFUSED
    assert account.sentence.endswith(".")


def test_a_key_that_stands_already_is_delivered_and_a_persons_edits_live(equipped: Town) -> None:
    [first] = create(equipped, draft(equipped, "r1:t:0"))
    taken = {"statusCode": "DUPLICATE_VALUE", "message": "duplicate value found", "fields": []}
    body = [{"success": False, "id": None, "errors": [taken]}]
    equipped.fault("status", kind="write", status=200, body=body)
    [again] = create(equipped, draft(equipped, "r1:t:0"))
    assert (again.settled, again.crm_id) == (Settled.DELIVERED, first.crm_id)


def test_without_a_key_field_the_body_tells_them_apart(town: Town) -> None:
    results = create(town, draft(town, "r1:t:0"), draft(town, "r2:t:0", subject="x" * 400))
    assert {result.settled for result in results} == {Settled.DELIVERED}
    pushes = [
        Push(key, PushKind.TASK_CREATE, task=draft(town, key)) for key in ("r2:t:0", "r9:t:0")
    ]
    assert town.connector.find(pushes) == {"r2:t:0": results[1].crm_id, "r9:t:0": None}


@pytest.mark.parametrize("provisioned", [True, False])
def test_without_an_account_a_task_hangs_on_the_lost_record(town: Town, provisioned: bool) -> None:
    if provisioned:
        town.connector.provision(REASONS, plan_only=False)
    lost, rare = Ref("Opportunity", town.opportunity), Ref("OpportunityStage", "01JWb0000000001AAA")
    drafts = [
        draft(town, "r1:t:0", account_id=None, record=lost),
        draft(town, "r2:t:0", account_id=None, record=rare),
        draft(town, "r3:t:0", record=lost),
    ]
    ids = [result.crm_id or "" for result in create(town, *drafts)]
    hung_on = {row["Id"]: row.get("WhatId") for row in town.org.all("Task")}
    assert [hung_on[id] for id in ids] == [town.opportunity, None, town.account]
    again = [Push(d.key, PushKind.TASK_CREATE, task=d) for d in (drafts[0], drafts[2])]
    assert town.connector.find(again) == {"r1:t:0": ids[0], "r3:t:0": ids[2]}


def test_a_task_that_a_person_deleted_counts_as_found(equipped: Town) -> None:
    [made] = create(equipped, draft(equipped, "r1:t:0"))
    equipped.org.delete("Task", made.crm_id or "")
    push = Push("r1:t:0", PushKind.TASK_CREATE, task=draft(equipped, "r1:t:0"))
    assert equipped.connector.find([push]) == {"r1:t:0": made.crm_id}


def test_a_closed_record_that_the_org_locks_is_told_as_locked(equipped: Town) -> None:
    words = "Closed deals may not be changed"
    error = {"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": words}
    body = [{"success": False, "errors": [error]}]
    equipped.fault("status", kind="write", status=200, body=body)
    assert write(equipped, reason="price").settled is Settled.LOCKED
    equipped.fault("status", kind="write", status=200, body=body)
    account = write(equipped, Ref("Account", equipped.account), reason="price")
    assert account.settled is Settled.REFUSED
    assert words in account.sentence


def test_a_refused_field_is_named(equipped: Town) -> None:
    error = {
        "statusCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "message": "bad value for restricted picklist field: x",
        "fields": ["Winback_Fault__c"],
    }
    body = [{"success": False, "errors": [error]}]
    equipped.fault("status", kind="write", status=200, body=body)
    result = write(equipped, fault="x", reason="price")
    assert result.settled is Settled.REFUSED
    assert result.bad_fields == (Field.FAULT,)
    assert "Winback_Fault__c" in result.sentence


def test_long_text_is_cut_to_the_field(equipped: Town) -> None:
    assert write(equipped, competitor="é" * 300).settled is Settled.DELIVERED
    [row] = equipped.org.all("Opportunity")
    assert len(row["Winback_Competitor__c"]) == 255


def test_a_locked_row_is_to_be_tried_again(equipped: Town) -> None:
    error = {"statusCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access"}
    equipped.fault("status", kind="write", status=200, body=[{"success": False, "errors": [error]}])
    assert write(equipped, reason="price").settled is Settled.RETRY


def test_the_note_stands_above_the_key(equipped: Town) -> None:
    [made] = create(equipped, draft(equipped, "r1:t:0"))
    ref = Ref("Task", made.crm_id or "")
    before = replace(equipped.connector.calls)
    equipped.connector.push([Push("c", PushKind.TASK_CLOSE, ref=ref, note="They came back.")])
    [row] = equipped.org.all("Task")
    assert row["Description"] == "Why\n\nThey came back.\n[winback:r1:t:0]"
    assert row["IsClosed"] is True
    assert equipped.connector.calls.read == before.read + 1


def test_the_orgs_own_words_for_closed_and_high_are_used(equipped: Town) -> None:
    rows = [
        {"MasterLabel": "Offen", "ApiName": "Offen", "IsClosed": False},
        {"MasterLabel": "Erledigt", "ApiName": "Erledigt", "IsClosed": True},
    ]
    body = {"totalSize": 2, "done": True, "records": rows}
    [made] = create(equipped, draft(equipped, "r1:t:0"))
    equipped.fault("status", method="GET", path="/query", status=200, body=body)
    equipped.connector.push([Push("c", PushKind.TASK_CLOSE, ref=Ref("Task", made.crm_id or ""))])
    assert equipped.sandbox.world.ledger[-1].fields["Status"] == "Erledigt"


@pytest.mark.parametrize("body", [[], [{"success": True}], {}, "nonsense", [None], 5])
def test_an_answer_that_does_not_fit_the_batch_is_unknown(equipped: Town, body: object) -> None:
    equipped.fault("status", kind="write", status=200, body=body)
    with pytest.raises(OutcomeUnknown):
        create(equipped, draft(equipped, "r1:t:0"))


def test_a_batch_refused_whole_is_to_be_sent_one_by_one(equipped: Town) -> None:
    body = [{"errorCode": "JSON_PARSER_ERROR", "message": "odd"}]
    equipped.fault("status", kind="write", status=400, body=body, times=2)
    both = create(equipped, draft(equipped, "r1:t:0"), draft(equipped, "r2:t:0"))
    assert [(r.settled, r.code) for r in both] == [(Settled.RETRY, "batch refused")] * 2
    [alone] = create(equipped, draft(equipped, "r1:t:0"))
    assert alone.settled is Settled.REFUSED


def test_a_field_that_went_away_is_learnt(equipped: Town) -> None:
    assert write(equipped, reason="price").settled is Settled.DELIVERED
    equipped.org.hide_field("Opportunity", "Winback_Reason__c")
    first, second = (write(equipped, reason="unknown", competitor="x") for _ in range(2))
    assert first.settled is Settled.RETRY
    assert second.settled is Settled.DELIVERED
    assert second.left_out == (Field.REASON,)


@pytest.mark.parametrize(
    ("action", "match", "error"),
    [
        ("html", {}, OutcomeUnknown),
        ("cut", {}, OutcomeUnknown),
        ("reset", {}, OutcomeUnknown),
        ("status", {"status": 403, "body": "<html>proxy</html>"}, OutcomeUnknown),
        ("status", {"status": 429, "body": "slow down"}, Unavailable),
        (
            "status",
            {"status": 403, "body": [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]},
            Throttled,
        ),
    ],
)
def test_whole_calls_that_fail(
    equipped: Town, action: str, match: dict[str, Any], error: type[Exception]
) -> None:
    equipped.fault(action, kind="write", **match)
    with pytest.raises(error) as caught:
        create(equipped, draft(equipped, "r1:t:0"))
    assert type(caught.value) is error


def test_throttling_is_told_by_the_real_clock_in_simulated_time_too(equipped: Town) -> None:
    stream = equipped.connector.streams([])[0]
    list(equipped.connector.changed(stream, None, datetime(2017, 12, 31, tzinfo=UTC)))
    then = datetime.now(UTC)
    body = [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    equipped.fault("status", kind="write", status=403, body=body)
    with pytest.raises(Throttled) as caught:
        create(equipped, draft(equipped, "r1:t:0"))
    assert 14 * 60 < (caught.value.until - then).total_seconds() < 16 * 60
