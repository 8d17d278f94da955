"""What the rows of a batch's answer mean, and what calls that failed ask for."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.base import Push, PushKind, Settled
from connectors.errors import CredentialsRefused, CrmError, OutcomeUnknown, Throttled, Unavailable
from connectors.hubspot.answers import PermissionMissing, Refusal, failure, until_midnight
from connectors.hubspot.settling import BATCH_REFUSED, row_error, whole_batch
from connectors.transport import Answer
from rules.model import Field, Ref, TaskDraft

NOW = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
FIELDS = [
    Push(f"f{n}", PushKind.FIELD, Ref("deals", str(n)), values={Field.REASON: "price"})
    for n in range(3)
]
DRAFT = TaskDraft("r1:a:1", "s", "b", date(2026, 11, 24), NOW, "7", "1", "2")
CREATE = Push("p1", PushKind.TASK_CREATE, task=DRAFT)


def value_error(code: str, name: str) -> dict[str, Any]:
    told = [{"isValid": False, "message": "secret words", "error": code, "name": name}]
    return {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": f"Property values were not valid: {json.dumps(told)}",
    }


@pytest.mark.parametrize(
    ("push", "error", "settled", "bad"),
    [
        (FIELDS[0], value_error("INVALID_OPTION", "winback_reason"), "refused", Field.REASON),
        (FIELDS[0], value_error("PROPERTY_DOESNT_EXIST", "winback_fault"), "refused", Field.FAULT),
        (CREATE, value_error("INVALID_OWNER_ID", "hubspot_owner_id"), "owner_refused", None),
        (FIELDS[0], {"category": "OBJECT_NOT_FOUND", "context": {"id": ["0"]}}, "gone", None),
        (CREATE, {"category": "OBJECT_NOT_FOUND", "context": {"id": ["1"]}}, "gone", None),
        (CREATE, {"category": "OBJECT_NOT_FOUND", "context": {"id": ["2"]}}, "refused", None),
        (FIELDS[0], {"category": "RATE_LIMITS"}, "retry", None),
        (FIELDS[0], {"category": "VALIDATION_ERROR", "message": "deal is locked"}, "locked", None),
        (FIELDS[0], {"category": "MISSING_SCOPES"}, "refused", None),
        (FIELDS[0], {}, "refused", None),
    ],
)
def test_one_rows_error(push: Push, error: dict[str, Any], settled: str, bad: Field | None) -> None:
    result = row_error(push, error)
    assert result.settled == settled
    assert result.bad_fields == ((bad,) if bad else ())
    assert result.sentence
    assert "secret words" not in result.sentence


def test_a_refused_batch_that_names_its_row_spares_the_others() -> None:
    body = {"errors": [{"message": "no", "context": {"objectWriteTraceId": ["f1"]}}]}
    results = whole_batch(body, FIELDS)
    assert [one.settled for one in results] == [Settled.RETRY, Settled.REFUSED, Settled.RETRY]


def test_a_refused_batch_that_names_nobody_is_to_be_sent_in_parts() -> None:
    results = whole_batch(value_error("INVALID_OPTION", "winback_reason"), FIELDS)
    assert {(one.settled, one.code) for one in results} == {(Settled.RETRY, BATCH_REFUSED)}


def failed(
    status: int, body: Any = None, headers: Any = None, *, creates: bool = False
) -> CrmError:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    answer = Answer("/x", status, headers or {}, content, "write" if creates else "read")
    return failure(answer, creates=creates, now=NOW, server_now=NOW, zone=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("status", "body", "headers", "seconds"),
    [
        (429, {"policyName": "SECONDLY"}, {}, 1),
        (429, {"policyName": "TEN_SECONDLY_ROLLING"}, {}, 10),
        (429, {"policyName": "DAILY"}, {}, 1800),  # Berlin's midnight
        (429, {"policyName": "NEW_ONE"}, {}, 10),
        (429, "<html>", {"Retry-After": "7"}, 7),
        (477, {}, {"Retry-After": "3600"}, 3600),
        (477, {}, {}, 300),
    ],
)
def test_limits(status: int, body: Any, headers: dict[str, str], seconds: int) -> None:
    error = failed(status, body, headers)
    assert isinstance(error, Throttled)
    assert error.until == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status", "creates", "error"),
    [
        (400, False, Refusal),
        (401, False, CredentialsRefused),
        (403, False, PermissionMissing),
        (404, False, Refusal),
        (408, True, OutcomeUnknown),
        (409, True, Refusal),
        (423, False, Unavailable),
        (423, True, OutcomeUnknown),
        (418, False, Refusal),
    ],
)
def test_statuses(status: int, creates: bool, error: type[CrmError]) -> None:
    assert type(failed(status, "<html>no JSON</html>", creates=creates)) is error


def test_a_missing_scope_is_named() -> None:
    context = {"requiredGranularScopes": ["crm.objects.deals.write"]}
    body = {"category": "MISSING_SCOPES", "errors": [{"message": "x", "context": context}]}
    assert "add the scopes crm.objects.deals.write" in str(failed(403, body))


def test_the_day_ends_at_midnight_in_the_account() -> None:
    assert until_midnight(NOW, ZoneInfo("America/New_York")) == timedelta(hours=6, minutes=30)
