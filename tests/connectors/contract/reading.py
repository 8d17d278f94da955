"""Streams, polling, and records as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.base import Absent, LineReader
from connectors.errors import CursorTooOld
from connectors.stream import Stream
from rules.model import Kind, Owner
from tests.connectors.contract.scene import Scene, seen, stored


class Reading:
    """What the contract asks of `streams`, `changed`, `read` and `link`."""

    def test_streams_come_once_each_owners_first_and_tasks_last(self, scene: Scene) -> None:
        streams = scene.connector.streams([*scene.watched, Stream(scene.missing_type, Kind.RECORD)])
        kinds = [stream.kind for stream in streams]
        assert kinds[0] is Kind.OWNER
        assert kinds[-1] is Kind.TASK
        assert {Kind.ACCOUNT, Kind.CONTACT, Kind.OPPORTUNITY} <= set(kinds)
        types = [stream.type for stream in streams]
        assert len(types) == len(set(types))
        assert scene.missing_type not in types

    @pytest.mark.parametrize("kind", [Kind.OWNER, Kind.ACCOUNT, Kind.CONTACT, Kind.OPPORTUNITY])
    def test_first_contact_brings_the_history_whole(self, scene: Scene, kind: Kind) -> None:
        pages, _ = scene.poll(kind, None)
        assert all(page.history for page in pages)
        expected = {
            Kind.OWNER: scene.owner,
            Kind.ACCOUNT: scene.account.id,
            Kind.CONTACT: scene.contact.id,
            Kind.OPPORTUNITY: scene.opportunity.id,
        }[kind]
        found = [s for page in pages for s in page.snapshots if s.ref.id == expected]
        assert len(found) == 1
        assert found[0].kind is kind

    def test_records_know_their_account(self, scene: Scene) -> None:
        [contact] = scene.read(Kind.CONTACT, scene.contact.id)
        [opportunity] = scene.read(Kind.OPPORTUNITY, scene.opportunity.id)
        assert contact.account_id == scene.account.id
        assert opportunity.account_id == scene.account.id
        assert opportunity.modified_at is not None
        assert opportunity.modified_at.tzinfo is not None

    def test_what_a_person_changes_is_told_by_the_next_poll(self, scene: Scene) -> None:
        _, cursor = scene.poll(Kind.OPPORTUNITY, None)
        scene.change(scene.opportunity)
        pages, cursor = scene.poll(Kind.OPPORTUNITY, cursor)
        assert scene.opportunity.id in seen(pages)
        assert not any(page.history for page in pages)

    def test_a_cursor_can_be_used_again(self, scene: Scene) -> None:
        _, cursor = scene.poll(Kind.OPPORTUNITY, None)
        scene.change(scene.opportunity)
        for _ in range(2):
            pages, _ = scene.poll(Kind.OPPORTUNITY, cursor)
            assert scene.opportunity.id in seen(pages)

    def test_a_cursor_of_long_ago_loses_nothing_or_says_so(self, scene: Scene) -> None:
        _, cursor = scene.poll(Kind.OPPORTUNITY, None)
        scene.wait(timedelta(days=60))
        scene.change(scene.opportunity)
        scene.wait(timedelta(minutes=5))
        try:
            pages, _ = scene.poll(Kind.OPPORTUNITY, cursor)
        except CursorTooOld:
            pages, _ = scene.poll(Kind.OPPORTUNITY, None)
        assert scene.opportunity.id in seen(pages)

    def test_a_record_that_is_not_there_is_left_out_and_a_deleted_one_told(
        self, scene: Scene
    ) -> None:
        missing = scene.account.id[:-4] + "9999"
        scene.delete(scene.opportunity)
        assert [s.ref.id for s in scene.read(Kind.ACCOUNT, missing, scene.account.id)] == [
            scene.account.id
        ]
        [gone] = scene.read(Kind.OPPORTUNITY, scene.opportunity.id)
        assert gone.deleted
        assert gone.ref == scene.opportunity

    def test_only_what_the_crm_calls_deleted_is_gone_and_the_rest_is_hidden(
        self, scene: Scene
    ) -> None:
        missing = scene.account.id[:-4] + "9999"
        accounts, opportunities = scene.stream(Kind.ACCOUNT), scene.stream(Kind.OPPORTUNITY)
        before = scene.connector.calls.read
        assert scene.connector.absent(opportunities, [scene.opportunity.id]) == Absent()
        assert scene.connector.calls.read == before + 1
        scene.delete(scene.opportunity)
        found = scene.connector.absent(accounts, [missing, scene.account.id])
        assert found == Absent(hidden=(missing,))
        assert scene.connector.absent(accounts, []) == Absent()
        [gone] = scene.connector.absent(opportunities, [scene.opportunity.id]).gone
        assert gone.deleted
        assert gone.ref == scene.opportunity

    def test_owners_say_whether_they_still_work_here(self, scene: Scene) -> None:
        [owner] = scene.read(Kind.OWNER, scene.owner)
        assert isinstance(owner.entity, Owner)
        assert owner.entity.active

    def test_a_link_leads_to_the_record(self, scene: Scene) -> None:
        link = scene.connector.link(scene.account)
        assert link.startswith(("https://", "http://127.0.0.1"))
        assert scene.account.id in link

    def test_what_was_sold_is_told_line_by_line_or_not_at_all(self, scene: Scene) -> None:
        connector, sold = scene.connector, scene.opportunity.id
        assert isinstance(connector, LineReader) is (scene.sell is not None)
        if scene.sell is None or not isinstance(connector, LineReader):
            return
        assert connector.line_items([sold]) == {sold: ()}
        scene.sell(scene.opportunity, "Scanner", 10, 500)
        scene.sell(scene.opportunity, "Dock “Ünï”", 1, 40)
        before = replace(connector.calls)
        told = connector.line_items([sold, sold])
        worth = {one.name: one.value.amount for one in told[sold] if one.value}
        assert worth == {"Scanner": 5000, "Dock “Ünï”": 40}
        assert {one.name: one.quantity for one in told[sold]} == {"Scanner": 10, "Dock “Ünï”": 1}
        assert list(told) == [sold]
        assert replace(connector.calls, other=before.other) == before
        assert connector.calls.other <= before.other + 2
        assert connector.line_items([]) == {}

    def test_history_is_told_in_slices_and_goes_on_from_each(self, scene: Scene) -> None:
        scene.fill(scene.page)
        accounts = scene.stream(Kind.ACCOUNT)
        whole = list(scene.connector.changed(accounts, None, scene.now))
        first = next(iter(scene.connector.changed(accounts, None, scene.now)))
        rest = list(scene.connector.changed(accounts, stored(first), scene.now))
        assert len(seen(whole)) == scene.page + 1
        assert seen([first]) < seen(whole)
        assert seen([first]) | seen(rest) == seen(whole)
        assert not seen([first]) <= seen(rest)
        assert first.history

    def test_a_page_tells_how_much_there_is_or_nothing(self, scene: Scene) -> None:
        scene.fill(3)
        pages, _ = scene.poll(Kind.ACCOUNT, None)
        assert all(page.total is None or page.total >= 4 for page in pages)

    def test_many_records_are_read_in_as_few_calls_as_one(self, scene: Scene) -> None:
        scene.fill(40)
        pages, _ = scene.poll(Kind.ACCOUNT, None)
        scene.read(Kind.ACCOUNT, scene.account.id)
        before = scene.connector.calls.read
        scene.read(Kind.ACCOUNT, scene.account.id)
        for_one = scene.connector.calls.read - before
        read = scene.read(Kind.ACCOUNT, *seen(pages))
        assert {one.ref.id for one in read} == seen(pages)
        assert scene.connector.calls.read - before == 2 * for_one

    def test_nothing_is_asked_for_nothing(self, scene: Scene) -> None:
        stream = scene.stream(Kind.ACCOUNT)
        before = scene.connector.calls.read
        assert scene.connector.read(stream, []) == []
        assert scene.connector.find([]) == {}
        assert scene.connector.push([]) == []
        assert scene.connector.calls.read == before
