"""What changed, in every clock regime."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Cursor, Page
from connectors.errors import CursorTooOld, Unavailable
from connectors.salesforce import polling, scanning
from connectors.salesforce.connector import SalesforceConnector
from connectors.sandbox.salesforce.fields import FieldDef
from connectors.stream import Stream
from rules.model import Kind
from tests.connectors.salesforce.conftest import Town, settings

LONG_AGO = datetime(2017, 12, 31, tzinfo=UTC)


def poll(
    town: Town, cursor: Cursor | None, now: datetime | None = None, type: str = "Opportunity"
) -> tuple[set[str], Cursor, list[Page]]:
    """Ids seen, the last cursor (through JSON), and the pages."""
    stream = next(s for s in town.connector.streams([]) if s.type == type)
    pages = list(town.connector.changed(stream, cursor, now or town.sandbox.world.clock.now()))
    ids = {s.ref.id for page in pages for s in page.snapshots}
    ids |= {ref.id for page in pages for ref in page.refs}
    return ids, json.loads(json.dumps(dict(pages[-1].cursor))), pages


def opportunities(town: Town, count: int, **fields: str) -> list[str]:
    row = {"StageName": "Closed Lost", "CloseDate": "2026-11-01", "AccountId": town.account}
    return [town.org.create("Opportunity", {"Name": f"{i}", **row, **fields}) for i in range(count)]


def test_a_quiet_poll_is_one_call(town: Town) -> None:
    noon = (datetime.now(UTC) + timedelta(days=1)).replace(hour=12)
    town.sandbox.world.clock.set(noon)  # at midnight, deletions are looked for as well
    _, cursor, _ = poll(town, None)
    town.sandbox.world.clock.advance(300)
    poll(town, cursor)
    before = town.connector.calls.read
    town.sandbox.world.clock.advance(300)
    ids, _, pages = poll(town, cursor)
    assert town.connector.calls.read == before + 1
    assert ids == set()
    assert len(pages) == 1


def test_history_comes_in_pages_and_goes_on_after_a_kill(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {town.opportunity, *opportunities(town, 4_300)}
    stream = next(s for s in town.connector.streams([]) if s.type == "Opportunity")
    pages = town.connector.changed(stream, None, datetime.now(UTC))
    first = next(pages)
    assert first.total == 4_301
    assert len(first.snapshots) == 2_000
    pages.close()  # type: ignore[attr-defined]
    rest, cursor, _ = poll(town, json.loads(json.dumps(dict(first.cursor))))
    assert rest.isdisjoint(s.ref.id for s in first.snapshots)
    assert rest | {s.ref.id for s in first.snapshots} == made
    assert cursor["phase"] == "idle"


def test_rows_of_a_long_transaction_are_not_lost(town: Town) -> None:
    _, cursor, _ = poll(town, None)
    clock = town.sandbox.world.clock
    clock.advance(600)
    with town.org.long_transaction() as transaction:
        transaction.update("Opportunity", town.opportunity, {"Description": "late"})
        clock.advance(600)
        ids, cursor, _ = poll(town, cursor)
        assert ids == set()
        clock.advance(600)
        _, cursor, _ = poll(town, cursor)
    clock.advance(600)
    ids, _, _ = poll(town, cursor)
    assert ids == {town.opportunity}


@pytest.mark.parametrize("shift", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_skewed_crm_loses_nothing(town: Town, shift: timedelta) -> None:
    town.sandbox.world.clock.advance(shift.total_seconds())
    _, cursor, _ = poll(town, None, datetime.now(UTC))
    for _ in range(3):
        town.org.update("Opportunity", town.opportunity, {"Description": "x"})
        ids, cursor, _ = poll(town, cursor, datetime.now(UTC))
        assert town.opportunity in ids


@pytest.mark.parametrize("stamp", [None, "2017-06-01T00:00:00.000+0000"])
def test_simulated_time_over_an_old_data_set(town: Town, stamp: str | None) -> None:
    """Stamped at load time, or years ago."""
    fields = {"SystemModstamp": stamp} if stamp else {}
    made = set(opportunities(town, 300, **fields))
    ids, cursor, _ = poll(town, None, LONG_AGO)
    assert ids >= made
    town.org.update("Opportunity", town.opportunity, {"Description": "x"})
    ids, cursor, _ = poll(town, cursor, LONG_AGO + timedelta(hours=1))
    assert town.opportunity in ids
    before = town.connector.calls.read
    poll(town, cursor, LONG_AGO + timedelta(hours=1))
    assert town.connector.calls.read == before + 1


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(hours=20), timedelta(days=3)])
def test_simulated_time_follows_stamps_that_are_hours_ahead(town: Town, ahead: timedelta) -> None:
    """Records that live by a clock of their own, behind a web server that does not."""
    now = town.sandbox.world.clock.now() + ahead
    _, cursor, _ = poll(town, None, now)
    stamp = (now + timedelta(minutes=20)).isoformat(timespec="milliseconds")
    made = set(opportunities(town, 1, SystemModstamp=stamp))
    ids, _, _ = poll(town, cursor, now + timedelta(minutes=30))
    assert ids >= made


def test_simulated_time_does_not_read_the_tasks_of_before(town: Town) -> None:
    """There may be millions of them, none of them ours."""

    def task(subject: str) -> str:
        town.sandbox.world.clock.advance(300)
        return town.org.create("Task", {"Subject": subject, "WhatId": town.account})

    first, _ = task("long before"), task("just before")
    _, cursor, _ = poll(town, None, type="Task")
    last = task("after")
    ids, _, _ = poll(town, cursor, LONG_AGO, "Task")
    assert (first in ids, last in ids) == (False, True)


def test_the_cursor_survives_a_change_of_regime(town: Town) -> None:
    _, cursor, _ = poll(town, None)
    for now in (LONG_AGO, datetime.now(UTC), LONG_AGO, datetime.now(UTC)):
        town.org.update("Opportunity", town.opportunity, {"Description": "x"})
        ids, cursor, _ = poll(town, cursor, now)
        assert town.opportunity in ids


def test_a_listing_by_stamp_goes_on_after_a_kill_inside_one_stamp(town: Town) -> None:
    same = "2017-06-01T00:00:00.000+0000"
    _, cursor, _ = poll(town, None, LONG_AGO, "Contact")
    row = {"LastName": "x", "AccountId": town.account, "SystemModstamp": same}
    older = {**cursor, "newest": "2017-01-01T00:00:00+00:00"}
    made = {town.org.create("Contact", {**row}) for _ in range(2_500)}
    stream = next(s for s in town.connector.streams([]) if s.type == "Contact")
    first = next(iter(town.connector.changed(stream, older, LONG_AGO)))
    rest, cursor, _ = poll(town, first.cursor, LONG_AGO, "Contact")
    assert {s.ref.id for s in first.snapshots} | rest >= made
    assert cursor["phase"] == "idle"


def test_a_flood_beyond_what_updated_can_list_is_read_by_stamp(town: Town) -> None:
    _, cursor, _ = poll(town, None)
    town.sandbox.world.clock.advance(300)
    made = set(opportunities(town, 3))
    body = [{"errorCode": "EXCEEDED_ID_LIMIT", "message": "too many"}]
    town.fault("status", status=400, body=body, path="/updated")
    ids, cursor, _ = poll(town, cursor)
    assert ids == made
    for _ in range(2):
        town.sandbox.world.clock.advance(3_600)
        ids, cursor, _ = poll(town, cursor)
    assert ids == set()


def test_an_org_that_takes_no_window_into_the_future(town: Town) -> None:
    _, cursor, _ = poll(town, None)
    town.sandbox.world.clock.advance(300)
    town.org.update("Opportunity", town.opportunity, {"Description": "x"})
    town.sandbox.world.clock.advance(120)
    body = [{"errorCode": "INVALID_REPLICATION_DATE", "message": "no"}]
    town.fault("status", status=400, body=body, path="/updated")
    assert town.opportunity in poll(town, cursor)[0]


@pytest.mark.parametrize("status", [501, 404, 400])
def test_an_org_without_windows_is_followed_by_stamp(town: Town, status: int) -> None:
    body = [{"errorCode": "FUNCTIONALITY_NOT_ENABLED", "message": "no"}]
    for path in ("/updated", "/deleted"):
        town.fault("status", status=status, body=body, path=path, times=100)
    _, cursor, _ = poll(town, None)
    for _ in range(3):
        town.sandbox.world.clock.advance(86_400)
        town.org.update("Opportunity", town.opportunity, {"Description": "x"})
        ids, cursor, _ = poll(town, cursor)
        assert ids == {town.opportunity}


def test_an_org_that_only_says_our_own_end_back_is_asked_with_an_overlap(town: Town) -> None:
    _, cursor, _ = poll(town, None)
    now = town.sandbox.world.clock.now()
    end = (now + timedelta(minutes=10)).isoformat(timespec="seconds")
    answer = {"ids": [town.opportunity], "latestDateCovered": end}
    town.fault("status", status=200, body=answer, path="/updated")
    ids, cursor, _ = poll(town, cursor)
    assert ids == {town.opportunity}
    assert datetime.fromisoformat(cursor["covered"]) < now - timedelta(minutes=9)


def test_many_changes_come_as_pages_of_refs(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "REFS_PER_PAGE", 2)
    _, cursor, _ = poll(town, None)
    town.sandbox.world.clock.advance(300)
    made = set(opportunities(town, 5))
    ids, after, pages = poll(town, cursor)
    assert ids == made
    assert [len(page.refs) for page in pages] == [2, 2, 1]
    assert pages[0].cursor["covered"] == cursor["covered"] != after["covered"]


def test_deletions_are_looked_for_once_an_hour(town: Town) -> None:
    _, cursor, _ = poll(town, None)
    made = opportunities(town, 1)
    town.org.delete("Opportunity", made[0])
    town.sandbox.world.clock.advance(3_000)
    _, cursor, pages = poll(town, cursor)
    assert pages[-1].gone == ()
    town.sandbox.world.clock.advance(660)
    _, cursor, pages = poll(town, cursor)
    assert [ref.id for ref in pages[-1].gone] == made
    before = town.connector.calls.read
    _, _, pages = poll(town, cursor)
    assert town.connector.calls.read == before + 1
    assert pages[-1].gone == ()


def test_the_loser_of_a_merge_is_to_be_read(town: Town) -> None:
    loser = town.org.create("Account", {"Name": "Twin"})
    _, cursor, _ = poll(town, None, type="Account")
    town.org.merge("Account", town.account, loser)
    town.sandbox.world.clock.advance(3_600 * 25)
    ids, _, pages = poll(town, cursor, type="Account")
    assert loser in ids
    assert pages[-1].gone == ()
    stream = next(s for s in town.connector.streams([]) if s.type == "Account")
    [read] = town.connector.read(stream, [loser])
    assert (read.deleted, read.merged_into) == (True, town.account)


def test_a_cursor_beyond_the_look_back_is_too_old(town: Town) -> None:
    _, cursor, _ = poll(town, None)
    town.sandbox.world.clock.advance(86_400 * 31)
    poll(town, None, type="Account")  # hears the moved clock
    with pytest.raises(CursorTooOld):
        poll(town, cursor)
    with pytest.raises(CursorTooOld):
        poll(town, {"phase": "of another version"})


def test_tasks_are_not_read_back_to_the_beginning(town: Town) -> None:
    old = town.org.create("Task", {"Subject": "old", "WhatId": town.account})
    town.sandbox.world.clock.advance(300)
    ids, cursor, _ = poll(town, None, type="Task")
    assert ids == set()
    new = town.org.create("Task", {"Subject": "new", "WhatId": town.account})
    assert poll(town, cursor, type="Task")[0] == {new}
    assert old not in poll(town, cursor, type="Task")[0]


def test_a_page_that_is_named_twice_does_not_loop(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Looping:
        def query(self, *_: object, **__: object) -> dict[str, object]:
            return {"records": [{"Id": "1"}], "done": False, "nextRecordsUrl": "/query/1"}

        def query_more(self, *_: object, **__: object) -> dict[str, object]:
            return self.query()

    with pytest.raises(Unavailable, match="twice"):
        list(scanning.Scan(Looping(), "q"))  # type: ignore[arg-type]


def test_a_watched_custom_object_finds_its_account_by_itself(town: Town) -> None:
    town.org.define_object("Cancellation__c")
    customer = FieldDef("Customer__c", "reference", length=18, reference_to=("Account",))
    town.org.define_field("Cancellation__c", customer)
    town.org.define_field("Cancellation__c", "Words__c")
    town.org.create("Cancellation__c", {"Customer__c": town.account, "Words__c": "too slow"})
    connector = SalesforceConnector(settings(town.sandbox.salesforce_url))
    watched = Stream("cancellation__c", Kind.RECORD, ("words__c", "Nope__c"))
    stream = next(s for s in connector.streams([watched]) if s.kind is Kind.RECORD)
    [page] = connector.changed(stream, None, datetime.now(UTC))
    [snapshot] = page.snapshots
    assert snapshot.ref.type == "Cancellation__c"
    assert snapshot.account_id == town.account
    assert snapshot.fields["words__c"] == "too slow"
    assert "Nope__c" not in snapshot.fields
