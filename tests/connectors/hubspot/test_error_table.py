"""The error table of HubSpot's facts, a case for each of its lines, over real HTTP.

Where the sandbox can be brought to say it, it says it of itself; the others are answers put into
its mouth, in the shape that the facts give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from connectors.base import Push, PushResult, Settled
from connectors.errors import (
    CredentialsRefused,
    CrmError,
    OutcomeUnknown,
    Throttled,
    Unavailable,
)
from connectors.hubspot.answers import PermissionMissing
from connectors.hubspot.connector import HubSpotConnector
from connectors.hubspot.row_table import ROWS
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from rules.model import Field, Ref

from .company import Customer, create, customer, fill
from .conftest import Connect

REASONS = [("price", "Price")]


@dataclass
class Office:
    """A portal with our fields, one customer in it, and a connector that has learnt them."""

    sandbox: Sandbox
    connector: HubSpotConnector
    acme: Customer
    owner: str = ""  # of tasks

    @property
    def portal(self) -> HubSpotPortal:
        return self.sandbox.hubspot

    def fault(self, status: int, body: Any = None, **more: Any) -> None:
        planned = Fault("status", crm="hubspot", kind="write", status=status, body=body, **more)
        self.sandbox.world.faults.append(planned)

    def written(self, on: str) -> PushResult:
        """A task, or our reason on a record of this type."""
        ids = {"deals": self.acme.deal, "companies": self.acme.company}
        push = create(self.acme, owner_id=self.owner)
        if on != TASK:
            push = fill(Ref(on, ids[on]), reason="price")
        [result] = self.connector.push([push])
        return result


@pytest.fixture
def office(sandbox: Sandbox, connect: Connect) -> Office:
    connector = connect(api_version="2026-09")  # the paths on which a portal's own rules hold
    connector.provision(REASONS, plan_only=False)
    made = Office(sandbox, connector, customer(sandbox.hubspot))
    made.connector.push([fill(Ref("deals", made.acme.deal), "f0", fault="ours")])
    return made


TASK = "task"


def canned(code: str, *names: str, category: str = "VALIDATION_ERROR") -> Callable[[Office], None]:
    """The next write is refused with an error of this code about these properties."""
    told = {"code": code, "message": "their words", "context": {"propertyName": list(names)}}
    body = {"status": "error", "category": category, "message": "no", "errors": [told]}
    return lambda office: office.fault(400, body)


def worded(message: str) -> Callable[[Office], None]:
    body = {"status": "error", "category": "VALIDATION_ERROR", "message": message}
    return lambda office: office.fault(400, body)


def narrowed_options(office: Office) -> None:
    office.portal.define_property("deals", "winback_reason", "enumeration", options=("cost",))


def property_away(office: Office) -> None:
    del office.portal.catalogues["deals"].properties["winback_reason"]


def read_only_property(office: Office) -> None:
    properties = office.portal.catalogues["deals"].properties
    properties["winback_reason"] = replace(properties["winback_reason"], read_only=True)


def rule_of_the_portal(office: Office) -> None:
    office.portal.require_property("deals", "closed_lost_reason", {"dealstage": "closedlost"})


def rule_for_tasks(office: Office) -> None:
    office.portal.require_property("tasks", "region")


def owner_archived(office: Office) -> None:
    office.portal.archived_owners_accepted = False
    office.portal.add_owner(PortalOwner("5", archived=True))
    office.owner = "5"


def row_locked(office: Office) -> None:
    office.portal.refused_rows = iter([True, False])


@dataclass(frozen=True)
class Line:
    """An error of one row: what the portal does, what is written, what becomes of it, and what
    its sentence has to say."""

    code: str
    portal: Callable[[Office], None]
    settled: Settled
    says: tuple[str, ...]
    on: str = "deals"

    def __str__(self) -> str:
        return f"{self.code}-{self.on}"


RETRY, PARK = Settled.RETRY, Settled.REFUSED
OWNER, GONE, LOCKED = Settled.OWNER_REFUSED, Settled.GONE, Settled.LOCKED
OUR_FIELD = "winback_reason on deals"

LINES = [
    Line("INVALID_OPTION", narrowed_options, PARK, (OUR_FIELD, "add it", "winback provision")),
    Line("PROPERTY_DOESNT_EXIST", property_away, PARK, (OUR_FIELD, "winback provision")),
    Line("READ_ONLY_VALUE", read_only_property, PARK, (OUR_FIELD, "editable")),
    Line(
        "MISSING_REQUIRED_PROPERTIES",
        rule_of_the_portal,
        PARK,
        (OUR_FIELD, "because of closed_lost_reason", "asks for closed_lost_reason: fill it"),
    ),
    Line(
        "MISSING_REQUIRED_PROPERTIES",
        rule_for_tasks,
        PARK,
        ("the task (region)", "asks for region: fill it"),
        TASK,
    ),
    Line("VALUE_TOO_LONG", canned("VALUE_TOO_LONG", "winback_reason"), PARK, (OUR_FIELD, "longer")),
    Line("INVALID_DATE", canned("INVALID_DATE", "winback_reason"), PARK, (OUR_FIELD, "a date")),
    Line("INVALID_INTEGER", canned("INVALID_INTEGER", "winback_reason"), PARK, ("type",)),
    Line(
        "CONFLICTING_UNIQUE_VALUE",
        canned("CONFLICTING_UNIQUE_VALUE", "tag"),
        PARK,
        ("because of tag", "unique"),
    ),
    Line("MISSING_SCOPES", canned("MISSING_SCOPES"), PARK, (OUR_FIELD, "scopes")),
    Line(
        "ASSOCIATION_LIMIT",
        canned("ASSOCIATION_LIMIT"),
        PARK,
        ("the task", "rule of your portal"),
        TASK,
    ),
    Line("INVALID_OWNER", owner_archived, OWNER, ("owner", "somebody else"), TASK),
    Line("LOCKED", row_locked, RETRY, ("tried again",)),
    Line(
        "OBJECT_NOT_FOUND",
        lambda office: office.portal.delete("deals", office.acme.deal),
        GONE,
        ("not in HubSpot",),
    ),
    Line(
        "INVALID_OBJECT_IDS",
        lambda office: office.portal.delete("companies", office.acme.company),
        GONE,
        ("not in HubSpot",),
        TASK,
    ),
    Line("VALIDATION_ERROR", worded("closed deals cannot be edited"), LOCKED, (OUR_FIELD, "locks")),
    Line(
        "VALIDATION_ERROR",
        worded("this record is locked"),
        PARK,
        ("winback_reason on companies", "rules of your portal"),
        "companies",
    ),
    Line("VALIDATION_ERROR", worded("odd"), PARK, (OUR_FIELD, "look at the record")),
    Line("", lambda office: office.fault(400, {}), PARK, (OUR_FIELD, "no reason given")),
]


@pytest.mark.parametrize("line", LINES, ids=str)
def test_a_rows_error(line: Line, office: Office) -> None:
    line.portal(office)
    result = office.written(line.on)
    assert result.settled is line.settled, result.sentence
    told = result.sentence.lower()
    assert all(words.lower() in told for words in line.says), result.sentence
    assert "their words" not in told  # HubSpot's own message may quote the record
    assert result.sentence.endswith(".")


def test_every_rule_of_our_table_is_met_by_a_line_of_the_test() -> None:
    for rule in ROWS:
        assert any(rule.codes.search(line.code) for line in LINES), rule.codes.pattern


def test_a_bad_field_is_told_from_the_others(office: Office) -> None:
    narrowed_options(office)
    ref = Ref("deals", office.acme.deal)
    [result] = office.connector.push([fill(ref, reason="price", status="open")])
    assert (result.settled, result.bad_fields) == (PARK, (Field.REASON,))
    assert "winback_status" not in result.sentence


HTML = "<html><body><h2>HTTP ERROR</h2></body></html>"


def limit(policy: str) -> dict[str, str]:
    message = f"You have reached your {policy.lower()} limit."
    return {"status": "error", "errorType": "RATE_LIMIT", "policyName": policy, "message": message}


@pytest.mark.parametrize(
    ("status", "body", "of_task", "of_field"),
    [
        (400, HTML, Settled.REFUSED, Settled.REFUSED),
        (401, {"category": "INVALID_AUTHENTICATION"}, CredentialsRefused, CredentialsRefused),
        (403, {"category": "MISSING_SCOPES"}, PermissionMissing, PermissionMissing),
        (404, HTML, Settled.REFUSED, Settled.GONE),
        (408, "", OutcomeUnknown, Unavailable),
        (409, {"category": "CONFLICT"}, Settled.REFUSED, Settled.REFUSED),
        (413, HTML, Settled.REFUSED, Settled.REFUSED),
        (414, HTML, Settled.REFUSED, Settled.REFUSED),
        (423, {}, OutcomeUnknown, Unavailable),
        (429, limit("SECONDLY"), Throttled, Throttled),
        (429, limit("TEN_SECONDLY_ROLLING"), Throttled, Throttled),
        (429, limit("DAILY"), Throttled, Throttled),
        (429, {"category": "RATE_LIMITS"}, Throttled, Throttled),
        (477, {}, Throttled, Throttled),
        *((code, HTML, OutcomeUnknown, OutcomeUnknown) for code in (500, 502, 503, 504)),
        *((code, HTML, OutcomeUnknown, OutcomeUnknown) for code in (521, 522, 523, 524, 525, 526)),
    ],
)
def test_a_whole_calls_error(
    status: int,
    body: Any,
    of_task: Settled | type[CrmError],
    of_field: Settled | type[CrmError],
    office: Office,
) -> None:
    office.fault(status, body, times=2)
    for on, becomes in ((TASK, of_task), ("deals", of_field)):
        if isinstance(becomes, Settled):
            result = office.written(on)
            assert result.settled is becomes, result.sentence
            assert result.sentence
            continue
        with pytest.raises(becomes) as caught:
            office.written(on)
        assert type(caught.value) is becomes
        assert str(caught.value)
    assert office.portal.all("tasks") == []


# ---- a contact or a deal that went away after the decision: once more, on the account alone


def _without_their_contact(office: Office) -> list[Push]:
    globex = customer(office.portal, "Globex")
    office.portal.delete("contacts", globex.contact)
    return [create(office.acme), create(globex, "r2:a:1")]


def test_an_error_that_does_not_say_what_is_gone_is_tried_on_the_account(office: Office) -> None:
    body = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "not there"}
    office.fault(404, body)
    assert office.written(TASK).settled is Settled.DELIVERED
    [task] = office.portal.all("tasks")
    linked = office.portal.linked("tasks", task["hs_object_id"], "companies")
    assert linked == [office.acme.company]


def test_where_the_second_try_is_not_taken_the_others_of_the_batch_stand(office: Office) -> None:
    batch = _without_their_contact(office)
    office.fault(429, limit("SECONDLY"), skip=1)
    good, again = office.connector.push(batch)
    assert (good.settled, again.settled) == (Settled.DELIVERED, Settled.RETRY)
    assert len(office.portal.all("tasks")) == 1


def test_where_nobody_knows_of_the_second_try_nobody_knows_of_the_batch(office: Office) -> None:
    batch = _without_their_contact(office)
    office.fault(503, HTML, skip=1)
    with pytest.raises(OutcomeUnknown):
        office.connector.push(batch)
    found = office.connector.find(batch)
    assert [bool(found[push.id]) for push in batch] == [True, False]
