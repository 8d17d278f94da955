"""Polling against a portal: nothing lost, nothing read twice for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Unavailable
from connectors.hubspot.entities import DEFAULT_STAGES
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.hubspot.owners import PortalOwner
from connectors.sandbox.server import Sandbox
from connectors.sandbox.world import Fault
from rules.model import Account, Contact, Opportunity, Owner, TaskState

from .company import COMPANIES, CONTACTS, DEALS, NOW, OWNERS, TASKS, create, customer, ids, poll
from .conftest import Connect


def many(portal: HubSpotPortal, count: int) -> list[str]:
    return [portal.create("companies", {"name": f"C{n}"}) for n in range(count)]


def test_first_contact_reads_records_with_what_they_hang_on(
    portal: HubSpotPortal, connect: Connect
) -> None:
    acme = customer(portal, amount="10")
    connector = connect()
    (account,), _ = poll(connector, COMPANIES)
    (contact,), _ = poll(connector, CONTACTS)
    (deal,), page = poll(connector, DEALS)
    assert isinstance(account.entity, Account)
    assert isinstance(contact.entity, Contact)
    assert isinstance(deal.entity, Opportunity)
    assert (account.entity.name, account.account_id) == ("Acme", acme.company)
    assert contact.entity.account_id == acme.company
    assert (deal.entity.account_id, deal.entity.contact_id) == (acme.company, acme.contact)
    assert (deal.entity.closed, deal.entity.won) == (True, False)
    assert deal.entity.stage != DEFAULT_STAGES["closedlost"].label  # as people call it
    assert (page.history, page.total) == (True, 1)


def test_a_thousand_rows_are_one_page_five_searches_and_one_association_call_a_pair(
    portal: HubSpotPortal, connect: Connect
) -> None:
    for n in range(1_000):
        customer(portal, f"C{n}")
    connector = connect()
    for stream in (COMPANIES, CONTACTS, DEALS):
        pages = list(connector.changed(stream, None, NOW))
        assert [len(page.snapshots) for page in pages] == [1_000]
    assert (connector.calls.search, connector.calls.read) == (15, 3)


def test_a_change_is_seen_once_the_index_shows_it(
    sandbox: Sandbox, portal: HubSpotPortal, connect: Connect
) -> None:
    acme, globex = customer(portal), customer(portal, "Globex")
    sandbox.world.clock.advance(600)
    connector = connect()
    _, page = poll(connector, COMPANIES)
    portal.index_lag_seconds = 30
    portal.update("companies", acme.company, {"name": "Acme & Sons"})
    sandbox.world.clock.advance(20)
    portal.index_lag_seconds = 0
    portal.update("companies", globex.company, {"name": "Globex AG"})
    sandbox.world.clock.advance(1)
    seen, page = poll(connector, COMPANIES, page.cursor)
    assert globex.company in ids(seen)
    sandbox.world.clock.advance(30)
    seen, page = poll(connector, COMPANIES, page.cursor)
    assert acme.company in ids(seen)


@pytest.mark.parametrize("days_ahead", [-3_000, 0, 3_000])
def test_the_callers_clock_does_not_matter(
    days_ahead: int, sandbox: Sandbox, portal: HubSpotPortal, connect: Connect
) -> None:
    acme = customer(portal)
    sandbox.world.clock.advance(600)
    connector = connect()
    now = datetime.now(UTC) + timedelta(days=days_ahead)
    cursor = list(connector.changed(COMPANIES, None, now))[-1].cursor
    customer(portal, "Globex")
    (page,) = connector.changed(COMPANIES, cursor, now)
    assert [one.ref.id for one in page.snapshots if one.ref.id != acme.company]
    sandbox.world.clock.advance(600)
    cursor = list(connector.changed(COMPANIES, page.cursor, now))[-1].cursor
    (page,) = connector.changed(COMPANIES, cursor, now)
    assert page.snapshots == ()  # not even the newest, which has not changed


def test_the_newest_row_is_not_read_again_until_it_changes(
    sandbox: Sandbox, portal: HubSpotPortal, connect: Connect
) -> None:
    customer(portal)
    sandbox.world.clock.advance(600)
    connector = connect()
    _, page = poll(connector, DEALS)
    before = replace(connector.calls)
    seen, page = poll(connector, DEALS, page.cursor)
    assert seen == []
    assert (connector.calls.search - before.search, connector.calls.read) == (1, before.read)
    (known,) = page.cursor["known"]
    portal.update("deals", known, {"amount": "7"})
    seen, _ = poll(connector, DEALS, page.cursor)
    assert ids(seen) == [known]


def test_known_rows_fill_no_page_and_no_association_call(
    sandbox: Sandbox, portal: HubSpotPortal, connect: Connect
) -> None:
    customer(portal)
    sandbox.world.clock.advance(600)
    connector = connect()
    _, page = poll(connector, DEALS)
    new = [portal.create("deals", {"dealname": f"D{n}"}) for n in range(1_000)]
    before = replace(connector.calls)
    (page,) = connector.changed(DEALS, page.cursor, NOW)
    assert ids(page.snapshots) == new
    assert (connector.calls.search - before.search, connector.calls.read - before.read) == (6, 2)


def test_a_load_just_now_is_counted_and_not_read_again(
    sandbox: Sandbox, portal: HubSpotPortal, connect: Connect
) -> None:
    companies = many(portal, 450)
    connector = connect()
    _, page = poll(connector, COMPANIES)
    before = replace(connector.calls)
    seen, page = poll(connector, COMPANIES, page.cursor)
    assert (seen, connector.calls.search - before.search) == ([], 2)
    portal.update("companies", companies[3], {"name": "Renamed"})
    seen, page = poll(connector, COMPANIES, page.cursor)
    assert companies[3] in ids(seen)


def test_a_scan_that_was_cut_off_goes_on_where_it_stopped(
    portal: HubSpotPortal, connect: Connect
) -> None:
    companies = many(portal, 1_100)
    first = next(iter(connect().changed(COMPANIES, None, NOW)))
    portal.update("companies", companies[0], {"name": "Changed meanwhile"})
    rest, page = poll(connect(), COMPANIES, first.cursor)
    assert ids(first.snapshots) + ids(rest) == companies
    assert page.history
    again, _ = poll(connect(), COMPANIES, page.cursor)
    assert companies[0] in ids(again)


def test_a_page_that_repeats_ends_with_a_sentence(
    sandbox: Sandbox, portal: HubSpotPortal, connect: Connect
) -> None:
    row = {"id": "7", "properties": {"hs_object_id": "7"}}
    body = {"total": 900, "results": [row], "paging": {"next": {"after": "1"}}}
    sandbox.world.faults.append(
        Fault("status", kind="search", status=200, body=body, times=50, crm="hubspot")
    )
    with pytest.raises(Unavailable, match="same page twice"):
        poll(connect(), COMPANIES)


def test_tasks_are_ours_alone(portal: HubSpotPortal, connect: Connect) -> None:
    acme = customer(portal)
    portal.create("tasks", {"hs_timestamp": "2026-01-01T00:00:00Z", "hs_task_body": "winback?"})
    connector = connect()
    seen, page = poll(connector, TASKS)
    assert seen == []
    connector.push([create(acme)])
    connector.provision([("price", "Price")], plan_only=False)
    connector.push([create(acme, "r2:listen:1")])
    seen, page = poll(connector, TASKS, page.cursor)
    tasks = [one.entity for one in seen if isinstance(one.entity, TaskState)]
    assert [one.key for one in tasks] == ["r1:listen:1", "r2:listen:1"]
    portal.update("tasks", tasks[0].id, {"hs_task_status": "COMPLETED"})
    seen, _ = poll(connector, TASKS, page.cursor)
    assert [one.entity.closed for one in seen if isinstance(one.entity, TaskState)] == [True, False]


def test_what_was_archived_is_told_once_a_day(
    sandbox: Sandbox, portal: HubSpotPortal, connect: Connect
) -> None:
    acme, globex = customer(portal), customer(portal, "Globex")
    portal.delete("companies", globex.company)  # before we came: no news
    sandbox.world.clock.advance(60)
    connector = connect()
    _, page = poll(connector, COMPANIES)
    sandbox.world.clock.advance(60)
    portal.delete("companies", acme.company)
    _, page = poll(connector, COMPANIES, page.cursor)
    assert page.gone == ()
    sandbox.world.clock.advance(86_400)
    _, page = poll(connector, COMPANIES, page.cursor)
    assert [ref.id for ref in page.gone] == [acme.company]
    _, page = poll(connector, COMPANIES, page.cursor)
    assert page.gone == ()


def test_a_merge_is_told_by_the_surviving_record(portal: HubSpotPortal, connect: Connect) -> None:
    acme, globex = customer(portal), customer(portal, "Globex")
    portal.merge("companies", acme.company, globex.company)
    seen, _ = poll(connect(), COMPANIES)
    assert {one.ref.id: one.merged_into for one in seen} == {
        acme.company: None,
        globex.company: acme.company,
    }


def test_owners_who_left_are_among_the_owners(portal: HubSpotPortal, connect: Connect) -> None:
    portal.add_owner(PortalOwner("1", "ann@a.example", "Ann", "Lee"))
    portal.add_owner(PortalOwner("2", "bob@a.example", archived=True))
    seen, _ = poll(connect(), OWNERS)
    owners = {one.entity.name: one.entity.active for one in seen if isinstance(one.entity, Owner)}
    assert owners == {"Ann Lee": True, "bob@a.example": False}


def test_more_fields_than_a_search_takes_are_read_apart(
    portal: HubSpotPortal, connect: Connect
) -> None:
    names = [f"a_property_with_quite_a_long_name_{n}" for n in range(90)]
    for name in names:
        portal.define_property("companies", name)
    portal.create("companies", {"name": "Acme", names[-1]: "here"})
    (account,), _ = poll(connect(), replace(COMPANIES, fields=tuple(names)))
    assert account.fields[names[-1]] == "here"
