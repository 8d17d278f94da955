"""Batches of pushes against a portal: what stands there afterwards, and each row's answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.base import Push, PushKind, Settled, TaskChange
from connectors.errors import OutcomeUnknown, Throttled
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from rules.model import Field, Ref

from .company import create, customer, fill
from .conftest import Connect

REASONS = [("price", "Price")]


@pytest.mark.parametrize("provisioned", [False, True])
@pytest.mark.parametrize("in_order", [False, True])
def test_a_hundred_tasks_are_one_call(
    in_order: bool, provisioned: bool, portal: HubSpotPortal, connect: Connect
) -> None:
    portal.results_in_order = in_order
    customers = [customer(portal, f"C{n}") for n in range(100)]
    connector = connect()
    if provisioned:
        connector.provision(REASONS, plan_only=False)
    batch = [create(one, f"r{n}:listen:1") for n, one in enumerate(customers)]
    results = connector.push(batch)
    assert connector.calls.write == 1
    assert {one.settled for one in results} == {Settled.DELIVERED}
    for push, result, one in zip(batch, results, customers, strict=True):
        assert result.push_id == push.id
        task = portal.get("tasks", result.crm_id or "")
        assert push.task is not None
        assert task["hs_task_body"].endswith(f"<br>[winback:{push.task.key}]")
        assert portal.linked("tasks", result.crm_id or "", "companies") == [one.company]
        assert portal.linked("tasks", result.crm_id or "", "contacts") == [one.contact]
        assert portal.linked("tasks", result.crm_id or "", "deals") == [one.deal]


def test_a_bad_row_does_not_hold_back_the_others(portal: HubSpotPortal, connect: Connect) -> None:
    acme = customer(portal)
    portal.archived_owners_accepted = False
    portal.add_owner(PortalOwner("5", archived=True))
    batch = [create(acme, "r1:a:1"), create(acme, "r2:a:1", owner_id="5"), create(acme, "r3:a:1")]
    results = connect().push(batch)
    assert [one.settled for one in results] == [
        Settled.DELIVERED,
        Settled.OWNER_REFUSED,
        Settled.DELIVERED,
    ]


def test_a_portal_that_always_refuses_the_whole_batch(
    portal: HubSpotPortal, connect: Connect
) -> None:
    portal.partial_batches = False
    acme = customer(portal)
    batch = [create(acme, "r1:a:1"), create(acme, "r2:a:1", owner_id="404")]
    connector = connect()
    assert {one.settled for one in connector.push(batch)} == {Settled.RETRY}
    assert [connector.push([one])[0].settled for one in batch] == [
        Settled.DELIVERED,
        Settled.OWNER_REFUSED,
    ]


def test_a_key_that_stands_already_is_delivered(portal: HubSpotPortal, connect: Connect) -> None:
    portal.unique_task_properties = True
    acme = customer(portal)
    connector = connect()
    connector.provision(REASONS, plan_only=False)
    (first,) = connector.push([create(acme)])
    again, other = connector.push([create(acme), create(acme, "r9:a:1")])
    assert (again.settled, again.crm_id) == (Settled.DELIVERED, first.crm_id)
    assert other.settled is Settled.DELIVERED
    assert len(portal.all("tasks")) == 2


def test_fields_are_written_where_they_exist(portal: HubSpotPortal, connect: Connect) -> None:
    acme, globex = customer(portal), customer(portal, "Globex")
    connector = connect()
    connector.provision(REASONS, plan_only=False)
    ref = Ref("deals", acme.deal)
    good, bad, gone = connector.push(
        [
            fill(ref, "f1", reason="price", competitor="Globex", permission="yes"),
            fill(Ref("deals", globex.deal), "f2", reason="no such option"),
            fill(Ref("deals", "999999"), "f3", reason="price"),
        ]
    )
    assert (good.settled, good.left_out) == (Settled.DELIVERED, (Field.PERMISSION,))
    assert good.modified_at is not None
    assert portal.get("deals", acme.deal)["winback_reason"] == "price"
    assert (bad.settled, bad.bad_fields) == (Settled.REFUSED, (Field.REASON,))
    assert "winback_reason" in bad.sentence
    assert gone.settled is Settled.GONE
    (cleared,) = connector.push([fill(ref, "f4", competitor=None)])
    assert cleared.settled is Settled.DELIVERED
    assert "winback_competitor" not in portal.get("deals", acme.deal)


def test_without_our_fields_nothing_is_sent(portal: HubSpotPortal, connect: Connect) -> None:
    acme = customer(portal)
    connector = connect()
    (result,) = connector.push([fill(Ref("deals", acme.deal), reason="price")])
    assert (result.settled, result.left_out) == (Settled.REFUSED, (Field.REASON,))
    assert connector.calls.write == 0
    assert "winback provision" in result.sentence


def test_two_pushes_for_one_record_are_one_row(portal: HubSpotPortal, connect: Connect) -> None:
    acme = customer(portal)
    connector = connect()
    connector.provision(REASONS, plan_only=False)
    ref = Ref("deals", acme.deal)
    results = connector.push([fill(ref, "f1", reason="price"), fill(ref, "f2", status="open")])
    assert [(one.push_id, one.settled) for one in results] == [
        ("f1", Settled.DELIVERED),
        ("f2", Settled.DELIVERED),
    ]
    assert portal.get("deals", acme.deal)["winback_status"] == "open"


def test_an_admins_rule_on_new_paths_parks_the_field(
    portal: HubSpotPortal, connect: Connect
) -> None:
    acme = customer(portal)
    portal.require_property("deals", "closed_lost_reason", {"dealstage": "closedlost"})
    connector = connect(api_version="2026-09")
    connector.provision(REASONS, plan_only=False)
    (result,) = connector.push([fill(Ref("deals", acme.deal), reason="price")])
    assert result.settled is Settled.REFUSED
    assert "closed_lost_reason" in result.sentence


def test_a_task_is_closed_with_a_note_and_a_persons_words_stay(
    portal: HubSpotPortal, connect: Connect
) -> None:
    connector = connect()
    (made,) = connector.push([create(customer(portal))])
    ref = Ref("tasks", made.crm_id or "")
    body = portal.get("tasks", ref.id)["hs_task_body"]
    portal.update("tasks", ref.id, {"hs_task_body": "Rang twice.<br>" + body})
    (closed,) = connector.push([Push("c1", PushKind.TASK_CLOSE, ref, note="They came back.")])
    task = portal.get("tasks", ref.id)
    assert closed.settled is Settled.DELIVERED
    assert task["hs_task_status"] == "COMPLETED"
    assert task["hs_task_body"] == (
        "Rang twice.<br>Listen.<br>They came back.<br>[winback:r1:listen:1]"
    )


def test_a_task_is_moved_to_another_day_and_person(portal: HubSpotPortal, connect: Connect) -> None:
    portal.add_owner(PortalOwner("7"))
    connector = connect()
    (made,) = connector.push([create(customer(portal))])
    ref = Ref("tasks", made.crm_id or "")
    change = TaskChange("7", date(2026, 12, 1), datetime(2026, 12, 1, 8, tzinfo=UTC))
    (moved,) = connector.push([Push("u1", PushKind.TASK_UPDATE, ref, change=change)])
    task = portal.get("tasks", ref.id)
    assert moved.settled is Settled.DELIVERED
    assert (task["hubspot_owner_id"], task["hs_timestamp"]) == ("7", "2026-12-01T08:00:00.000Z")
    portal.delete("tasks", ref.id)
    (gone,) = connector.push([Push("u2", PushKind.TASK_UPDATE, ref, change=change)])
    assert gone.settled is Settled.GONE


@pytest.mark.parametrize("action", ["lost", "cut", "late", "status", "html", "hang"])
@pytest.mark.parametrize("unique", [False, True])
def test_an_answer_that_never_came_is_looked_up_before_anything_is_sent_again(
    unique: bool, action: str, sandbox: Sandbox, connect: Connect
) -> None:
    portal = sandbox.hubspot
    portal.unique_task_properties = unique
    acme, globex = customer(portal), customer(portal, "Globex")
    connector = connect(read_seconds=0.3)
    if unique:
        connector.provision(REASONS, plan_only=False)
    batch = [create(acme), create(globex, "r2:listen:1")]
    sandbox.world.faults.append(Fault(action, crm="hubspot", kind="write", seconds=0.4))
    with pytest.raises(OutcomeUnknown):
        connector.push(batch)
    if action == "late":
        _wait_for_tasks(portal, 2)
    found = connector.find(batch)
    stood = {task["hs_object_id"] for task in portal.all("tasks")}
    assert {one for one in found.values() if one} == stood
    assert len(stood) == (2 if action in ("lost", "cut", "late") else 0)
    connector.push([one for one in batch if found[one.id] is None])
    assert len(portal.all("tasks")) == 2


def _wait_for_tasks(portal: HubSpotPortal, count: int) -> None:
    until = datetime.now(UTC) + timedelta(seconds=5)
    while len(portal.all("tasks")) < count and datetime.now(UTC) < until:
        pass


def test_a_task_that_hangs_on_nothing_is_found_by_its_key(
    portal: HubSpotPortal, connect: Connect
) -> None:
    connector = connect()
    connector.provision(REASONS, plan_only=False)
    loose = create(customer(portal), account_id=None, contact_id=None, record=None)
    (made,) = connector.push([loose])
    assert connector.find([loose]) == {loose.id: made.crm_id}


def test_a_company_with_pages_of_tasks_is_read_to_its_end(
    portal: HubSpotPortal, connect: Connect
) -> None:
    portal.association_page = 2
    acme = customer(portal)
    connector = connect()
    batch = [create(acme, f"r1:listen:{n}") for n in range(5)]
    results = connector.push(batch)
    assert connector.find(batch) == {one.push_id: one.crm_id for one in results}


def test_a_limit_says_until_when_by_our_clock(sandbox: Sandbox, connect: Connect) -> None:
    acme = customer(sandbox.hubspot)
    clock = datetime(2020, 1, 1, tzinfo=UTC)
    connector = connect(lambda: clock)
    body = {"status": "error", "policyName": "SECONDLY"}
    sandbox.world.faults.append(Fault("status", kind="write", status=429, body=body))
    with pytest.raises(Throttled) as limit:
        connector.push([create(acme)])
    assert limit.value.until == clock + timedelta(seconds=1)
    assert sandbox.hubspot.all("tasks") == []


def test_a_task_whose_contact_is_gone_hangs_on_its_account(
    portal: HubSpotPortal, connect: Connect
) -> None:
    acme, globex = customer(portal), customer(portal, "Globex")
    portal.delete("contacts", acme.contact)
    portal.delete("companies", globex.company)
    batch = [create(acme), create(globex, "r2:a:1")]
    connector = connect()
    made, gone = connector.push(batch)
    assert (made.settled, gone.settled) == (Settled.DELIVERED, Settled.GONE)
    assert portal.linked("tasks", made.crm_id or "", "companies") == [acme.company]
    assert connector.find(batch) == {made.push_id: made.crm_id, gone.push_id: None}


def test_an_empty_batch_costs_no_call(connect: Connect) -> None:
    connector = connect()
    assert connector.push([]) == []
    assert replace(connector.calls) == type(connector.calls)()
