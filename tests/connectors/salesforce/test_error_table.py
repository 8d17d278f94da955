"""The error table of Salesforce's facts, a case for each of its lines, over real HTTP.

Where the sandbox can be brought to say it, it says it of itself; the others are answers put into
its mouth, in the shape that the facts give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.base import Push, PushKind, PushResult, Settled
from connectors.errors import CredentialsRefused, OutcomeUnknown, Throttled, Unavailable
from connectors.salesforce.error_table import ROWS
from rules.model import Field, Ref
from tests.connectors.salesforce.conftest import Town
from tests.connectors.salesforce.test_writing import create, draft, write

THEIR_RULE = "Give a reason for the discount first"
TASK = "task"


def canned(code: str, message: str = "", *fields: str) -> Callable[[Town], None]:
    """The next write is answered with this error of its only row."""
    error = {"statusCode": code, "message": message, "fields": list(fields)}
    return lambda town: town.fault(
        "status", kind="write", status=200, body=[{"success": False, "errors": [error]}]
    )


def row_lock(town: Town) -> None:
    town.org.refusals.row_locks[town.account] = 1


def validation_rule(town: Town) -> None:
    town.org.refusals.rules.append(lambda type, _row: THEIR_RULE if type == "Account" else None)


def validation_on_opportunity(town: Town) -> None:
    town.org.refusals.rules.append(lambda type, _: THEIR_RULE if type == "Opportunity" else None)


def closed_for_changes(how: str) -> Callable[[Town], None]:
    return lambda town: setattr(town.org.refusals, "closed_records", how)


def required_field(town: Town) -> None:
    """An admin adds it after we have learnt what a task is."""
    create(town, draft(town, "r0:t:0"))
    town.org.define_field("Task", "Region__c", "string", required=True)


def narrow_field(town: Town) -> None:
    write(town, competitor="x")
    definition = town.org.object("Opportunity").field("Winback_Competitor__c")
    assert definition is not None
    definition.length = 3


def narrow_picklist(town: Town) -> None:
    definition = town.org.object("Opportunity").field("Winback_Reason__c")
    assert definition is not None
    definition.restricted, definition.options = True, []


def read_only_field(town: Town) -> None:
    write(town, competitor="x")
    town.org.schema.grants["Opportunity", "Winback_Reason__c"] = False


def owner_left(town: Town) -> None:
    town.org.update("User", town.owner, {"IsActive": False})


def account_deleted(town: Town) -> None:
    town.org.delete("Account", town.account)


@dataclass(frozen=True)
class Line:
    """A line of the facts' table for one row: what the org does, what is written (our field, on
    which record, or a task), what becomes of it, and what its sentence has to say."""

    code: str
    org: Callable[[Town], None]
    settled: Settled
    says: tuple[str, ...]
    on: str = "Opportunity"

    def __str__(self) -> str:
        return f"{self.code}-{self.on}"


RETRY, PARK = Settled.RETRY, Settled.REFUSED
OWNER, GONE, LOCKED = Settled.OWNER_REFUSED, Settled.GONE, Settled.LOCKED
ON_TASK, ON_FIELD = "the task", "Winback_Reason__c on Opportunity"

LINES = [
    Line("UNABLE_TO_LOCK_ROW", row_lock, RETRY, ("tried again",), TASK),
    Line("SERVER_UNAVAILABLE", canned("SERVER_UNAVAILABLE"), RETRY, ("tried again",)),
    Line("QUERY_TIMEOUT", canned("QUERY_TIMEOUT"), RETRY, ("tried again",)),
    Line("REQUEST_RUNNING_TOO_LONG", canned("REQUEST_RUNNING_TOO_LONG"), RETRY, ("tried again",)),
    Line(
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        canned("ALL_OR_NONE_OPERATION_ROLLED_BACK"),
        RETRY,
        ("tried again",),
    ),
    Line(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        validation_rule,
        PARK,
        ("Winback_Reason__c on Account", THEIR_RULE, "validation rule", "exempt"),
        "Account",
    ),
    Line(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        validation_on_opportunity,
        PARK,
        (ON_FIELD, THEIR_RULE, "validation rule", "exempt"),
    ),
    Line(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        closed_for_changes("validation"),
        LOCKED,
        (ON_FIELD, "Closed records cannot be changed"),
    ),
    Line("ENTITY_IS_LOCKED", closed_for_changes("locked"), LOCKED, (ON_FIELD, "unlock it")),
    Line(
        "ENTITY_IS_LOCKED",
        lambda town: town.org.refusals.locked.add(town.account),
        PARK,
        ("Winback_Reason__c on Account", "unlock it"),
        "Account",
    ),
    Line(
        "FIELD_FILTER_VALIDATION_EXCEPTION",
        canned("FIELD_FILTER_VALIDATION_EXCEPTION", "Value does not match", "Partner__c"),
        PARK,
        ("Partner__c on Opportunity", "lookup filter"),
    ),
    Line("REQUIRED_FIELD_MISSING", required_field, PARK, (ON_TASK, "Region__c", "Fill it"), TASK),
    Line("STRING_TOO_LONG", narrow_field, PARK, ("Winback_Competitor__c on Opportunity", "longer")),
    Line(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        narrow_picklist,
        PARK,
        (ON_FIELD, "Add the value", "record type"),
    ),
    Line("INVALID_FIELD", canned("INVALID_FIELD", "No such column"), PARK, ("winback provision",)),
    Line(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        read_only_field,
        PARK,
        ("Winback_Reason__c on Opportunity", "field-level security"),
    ),
    Line(
        "INSUFFICIENT_ACCESS_OR_READONLY",
        canned("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"),
        PARK,
        (ON_FIELD, "right to edit"),
    ),
    Line(
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        canned("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights"),
        PARK,
        (ON_TASK, "right to edit"),
        TASK,
    ),
    Line(
        "DUPLICATE_VALUE",
        canned("DUPLICATE_VALUE", "duplicate value found: Tag__c", "Tag__c"),
        PARK,
        ("Tag__c on Opportunity", "unique"),
    ),
    Line(
        "DUPLICATES_DETECTED",
        canned("DUPLICATES_DETECTED", "Use one of these records?"),
        PARK,
        (ON_TASK, "duplicate rule"),
        TASK,
    ),
    Line(
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        canned("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "TaskTrigger: System.NullPointerException"),
        PARK,
        (ON_TASK, "TaskTrigger", "debug log"),
        TASK,
    ),
    Line("ENTITY_IS_DELETED", account_deleted, GONE, ("deleted",), TASK),
    Line("ENTITY_IS_DELETED", account_deleted, GONE, ("deleted",), "Account"),
    Line(
        "INVALID_CROSS_REFERENCE_KEY",
        canned("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
        GONE,
        ("merged",),
    ),
    Line(
        "INVALID_CROSS_REFERENCE_KEY",
        canned("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
        PARK,
        (ON_TASK, "not visible"),
        TASK,
    ),
    Line("INACTIVE_OWNER_OR_USER", owner_left, OWNER, ("has left", "name somebody else"), TASK),
    Line(
        "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
        canned("OP_WITH_INVALID_USER_TYPE_EXCEPTION", "Operation not valid for this user type"),
        OWNER,
        ("licence",),
        TASK,
    ),
    Line("A_CODE_OF_NEXT_YEAR", canned("A_CODE_OF_NEXT_YEAR", "odd"), PARK, (ON_FIELD, "odd")),
    Line("", canned("", ""), PARK, ("no reason given",)),
]


@pytest.mark.parametrize("line", LINES, ids=str)
def test_a_rows_error(line: Line, equipped: Town) -> None:
    line.org(equipped)
    result = _written(equipped, line)
    assert result.settled is line.settled
    assert all(words in result.sentence for words in line.says), result.sentence
    assert result.sentence.endswith(".")


def _written(town: Town, line: Line) -> PushResult:
    if line.on == TASK:
        [result] = create(town, draft(town, "r1:t:0", contact_id=town.contact))
        return result
    ref = Ref(line.on, town.account if line.on == "Account" else town.opportunity)
    if line.code == "STRING_TOO_LONG":
        return write(town, ref, competitor="Initech")
    return write(town, ref, reason="price")


def test_every_code_of_our_table_is_a_line_of_the_test() -> None:
    tested = {line.code for line in LINES}
    beyond_the_facts = {  # of the same StatusCode list
        "FIELD_INTEGRITY_EXCEPTION",
        "NOT_FOUND",
        "PROCESSING_HALTED",
        "REQUEST_LIMIT_EXCEEDED",
        "STORAGE_LIMIT_EXCEEDED",
        "UNKNOWN_EXCEPTION",
    }
    families = {code for code in ROWS if any(one.startswith(f"{code}_") for one in tested)}
    assert ROWS.keys() - tested - families == beyond_the_facts


def test_what_was_to_be_written_is_not_repeated_in_a_sentence(equipped: Town) -> None:
    narrow_field(equipped)
    result = write(equipped, competitor="Confidential Ltd")
    assert "Confidential" not in result.sentence
    assert result.bad_fields == (Field.COMPETITOR,)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 401, "body": [{"errorCode": "INVALID_SESSION_ID"}]}, None),  # a new token, once
        (
            {"status": 401, "body": [{"errorCode": "INVALID_SESSION_ID"}], "times": 2},
            CredentialsRefused,
        ),
        ({"status": 403, "body": [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]}, Throttled),
        ({"status": 406}, Unavailable),
        ({"status": 410, "body": [{"errorCode": "UNSUPPORTED_API_VERSION"}]}, CredentialsRefused),
        ({"status": 420}, Unavailable),
        ({"status": 429}, Unavailable),
        ({"status": 500}, OutcomeUnknown),
        ({"status": 502}, OutcomeUnknown),
        ({"status": 503, "body": [{"errorCode": "SERVER_UNAVAILABLE"}]}, OutcomeUnknown),
        ({"status": 504}, OutcomeUnknown),
        ({"status": 400, "body": [{"errorCode": "QUERY_TIMEOUT"}]}, Unavailable),
        ({"status": 400, "body": [{"errorCode": "REQUEST_RUNNING_TOO_LONG"}]}, OutcomeUnknown),
        ({"action": "cut"}, OutcomeUnknown),  # a broken chunked body
        ({"action": "html"}, OutcomeUnknown),
    ],
    ids=lambda value: (
        str(value.get("status", value.get("action"))) if isinstance(value, dict) else None
    ),
)
def test_a_whole_calls_error(
    fault: dict[str, Any], error: type[Exception] | None, equipped: Town
) -> None:
    planned = {"action": "status", "kind": "write", **fault}
    equipped.fault(**planned)
    if error is None:
        assert write(equipped, reason="price").settled is Settled.DELIVERED
        return
    with pytest.raises(error) as caught:
        create(equipped, draft(equipped, "r1:t:0"))
    assert type(caught.value) is error
    assert str(caught.value)


@pytest.mark.parametrize(
    ("code", "message", "minutes", "says"),
    [
        ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 15, "of the day are used up"),
        ("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.", 1, "long calls"),
        ("TXN_SECURITY_METERING_ERROR", "", 15, "Exempt from Transaction Security"),
    ],
)
def test_a_limit_says_which_it_is_and_when_to_come_back(
    code: str, message: str, minutes: int, says: str, equipped: Town
) -> None:
    body = [{"errorCode": code, "message": message}]
    equipped.fault("status", kind="write", status=403, body=body)
    before = datetime.now(UTC)
    with pytest.raises(Throttled, match=says) as caught:
        create(equipped, draft(equipped, "r1:t:0"))
    wait = caught.value.until - before
    assert timedelta(minutes=minutes) <= wait < timedelta(minutes=minutes, seconds=30)


# ---- an account or a contact that went away after the decision: looked up, and once more


def test_a_task_of_a_merged_account_hangs_on_the_account_that_it_lives_on_as(
    equipped: Town,
) -> None:
    winner = equipped.org.create("Account", {"Name": "Initech"})
    equipped.org.merge("Account", winner, equipped.account)
    good, moved = create(
        equipped,
        draft(equipped, "r1:t:0", account_id=winner),
        draft(equipped, "r2:t:0", contact_id=equipped.contact),
    )
    assert (good.settled, moved.settled) == (Settled.DELIVERED, Settled.DELIVERED)
    tasks = {row["Id"]: row for row in equipped.org.all("Task")}
    assert tasks[moved.crm_id or ""]["WhatId"] == winner
    assert tasks[moved.crm_id or ""]["WhoId"] == equipped.contact


def test_a_task_of_a_contact_who_is_gone_is_the_accounts(equipped: Town) -> None:
    equipped.org.delete("Contact", equipped.contact)
    [made] = create(equipped, draft(equipped, "r1:t:0", contact_id=equipped.contact))
    assert made.settled is Settled.DELIVERED
    [task] = equipped.org.all("Task")
    assert (task["WhatId"], task.get("WhoId")) == (equipped.account, None)


def test_where_the_second_try_is_not_taken_the_others_of_the_batch_stand(equipped: Town) -> None:
    equipped.org.delete("Contact", equipped.contact)
    body = [{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    equipped.fault("status", kind="write", skip=1, status=403, body=body)
    good, again = create(
        equipped,
        draft(equipped, "r1:t:0"),
        draft(equipped, "r2:t:0", contact_id=equipped.contact),
    )
    assert (good.settled, again.settled) == (Settled.DELIVERED, Settled.RETRY)
    assert len(equipped.org.all("Task")) == 1


# ---- rows of one account stand together, so that Salesforce's locks on it do not meet


def test_a_batch_is_sorted_by_the_account_that_each_row_locks(equipped: Town) -> None:
    accounts = [equipped.org.create("Account", {"Name": f"{n}"}) for n in range(3)]
    drafts = [draft(equipped, f"r{n}:t:0", account_id=accounts[-n % 3]) for n in range(12)]
    before = len(equipped.sandbox.world.ledger)
    assert [one.push_id for one in create(equipped, *drafts)] == [one.key for one in drafts]
    made = [one.fields["WhatId"] for one in equipped.sandbox.world.ledger[before:]]
    assert made == sorted(made)


def test_fields_are_sorted_by_the_account_too(equipped: Town) -> None:
    deals = []
    lost = {"Name": "Renewal", "StageName": "Closed Lost", "CloseDate": "2026-11-01"}
    accounts = [equipped.org.create("Account", {"Name": f"{n}"}) for n in range(3)]
    for n in range(9):
        account = accounts[-n % 3]
        deals.append((equipped.org.create("Opportunity", {**lost, "AccountId": account}), account))
    pushes = [
        Push(
            f"f{n}",
            PushKind.FIELD,
            ref=Ref("Opportunity", deal),
            account_id=account,
            values={Field.REASON: "price"},
        )
        for n, (deal, account) in enumerate(deals)
    ]
    before = len(equipped.sandbox.world.ledger)
    equipped.connector.push(pushes)
    by_deal = dict(deals)
    written = [by_deal[one.id] for one in equipped.sandbox.world.ledger[before:]]
    assert written == sorted(written)


def test_a_lock_that_is_held_costs_only_the_rows_of_its_account(equipped: Town) -> None:
    other = equipped.org.create("Account", {"Name": "Initech"})
    equipped.org.refusals.row_locks[equipped.account] = 2
    drafts = [
        replace(draft(equipped, f"r{n}:t:0"), account_id=(equipped.account, other)[n % 2])
        for n in range(6)
    ]
    settled = [one.settled for one in create(equipped, *drafts)]
    assert settled[1::2] == [Settled.DELIVERED] * 3
    assert settled[0::2] == [Settled.RETRY, Settled.RETRY, Settled.DELIVERED]
