"""What every connector must do, whatever its CRM: inherit `ConnectorContract`, give a `scene`.

A connector's test module defines a class `TestContract(ConnectorContract)` and a fixture `scene`
that sets up its sandbox. Nothing here knows a CRM's wire or names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from connectors.base import (
    Connector,
    Cursor,
    Page,
    Push,
    PushKind,
    PushResult,
    Settled,
    Stream,
    TaskChange,
)
from connectors.errors import CredentialsRefused, OutcomeUnknown
from rules.model import Field, Kind, Owner, Priority, Ref, Snapshot, TaskDraft, TaskState

DUE = date(2027, 1, 14)


@dataclass
class Scene:
    """A sandbox with one account, one contact, one lost opportunity and one owner in it, our
    fields created, and a connector to it. The callables act as a person or plan a fault."""

    connector: Connector
    account: Ref
    contact: Ref
    opportunity: Ref
    owner: str
    change: Callable[[Ref], None]  # a person edits something on the record
    delete: Callable[[Ref], None]  # a person deletes it
    lose_next_write_answer: Callable[[], None]  # done, but the answer never comes
    refuse_token: Callable[[], None]  # from now on
    count_tasks: Callable[[], int]  # as they stand in the sandbox, deleted ones not
    missing_type: str = "Nothing__c"
    watched: tuple[Stream, ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def stream(self, kind: Kind) -> Stream:
        return next(s for s in self.connector.streams(self.watched) if s.kind is kind)

    def poll(self, kind: Kind, cursor: Cursor | None) -> tuple[list[Page], Cursor]:
        """All pages, with each cursor put through JSON as a store does."""
        pages = list(self.connector.changed(self.stream(kind), cursor, self.now))
        return pages, json.loads(json.dumps(dict(pages[-1].cursor)))

    def read(self, kind: Kind, *ids: str) -> list[Snapshot]:
        return self.connector.read(self.stream(kind), ids)

    def create(self, *keys: str) -> list[PushResult]:
        return self.connector.push([self.wanted(key) for key in keys])

    def wanted(self, key: str) -> Push:
        draft = TaskDraft(
            key=key,
            subject="Call Zoë O'Neil “today” 😀",
            body=f'She said:\n<why> & "when"\n\n[winback:{key}]',
            due_on=DUE,
            due_at=datetime(2027, 1, 14, 8, tzinfo=UTC),
            owner_id=self.owner,
            account_id=self.account.id,
            contact_id=self.contact.id,
            record=self.opportunity,
            priority=Priority.HIGH,
        )
        return Push(f"push {key}", PushKind.TASK_CREATE, task=draft)


def seen(pages: Iterable[Page]) -> set[str]:
    """Ids that the pages speak of as changed."""
    refs = [ref for page in pages for ref in page.refs]
    return {s.ref.id for page in pages for s in page.snapshots} | {ref.id for ref in refs}


class ConnectorContract:
    """Inherited, so that pytest runs every test once per connector."""

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

    def test_tasks_are_written_in_order_and_read_back(self, scene: Scene) -> None:
        first, second = scene.create("r1:listen:0", "r1:apologise:0")
        assert first.settled is second.settled is Settled.DELIVERED
        assert first.push_id == "push r1:listen:0"
        assert first.crm_id
        [task] = scene.read(Kind.TASK, first.crm_id)
        assert isinstance(task.entity, TaskState)
        assert task.entity.key == "r1:listen:0"
        assert task.entity.owner_id == scene.owner
        assert task.entity.due_on == DUE
        assert "😀" in task.entity.subject
        assert not task.entity.closed
        assert task.account_id == scene.account.id

    def test_tasks_are_found_by_their_key(self, scene: Scene) -> None:
        [made] = scene.create("r1:listen:0")
        wanted = [scene.wanted("r1:listen:0"), scene.wanted("r1:listen:1")]
        assert scene.connector.find(wanted) == {
            "push r1:listen:0": made.crm_id,
            "push r1:listen:1": None,
        }

    def test_a_lost_answer_is_unknown_and_the_task_is_found(self, scene: Scene) -> None:
        scene.connector.streams(scene.watched)
        scene.lose_next_write_answer()
        with pytest.raises(OutcomeUnknown):
            scene.create("r1:listen:0")
        found = scene.connector.find([scene.wanted("r1:listen:0")])
        assert found["push r1:listen:0"] is not None
        assert scene.count_tasks() == 1

    def test_our_new_tasks_are_told_by_the_next_poll(self, scene: Scene) -> None:
        _, cursor = scene.poll(Kind.TASK, None)
        [made] = scene.create("r1:listen:0")
        pages, _ = scene.poll(Kind.TASK, cursor)
        assert made.crm_id in seen(pages)

    def test_a_task_is_changed_and_closed(self, scene: Scene) -> None:
        [made] = scene.create("r1:listen:0")
        ref = Ref(scene.connector.task_type, made.crm_id or "")
        later = date(2027, 2, 1)
        change = TaskChange(due_on=later, due_at=datetime(2027, 2, 1, 8, tzinfo=UTC))
        [changed] = scene.connector.push([Push("u", PushKind.TASK_UPDATE, ref=ref, change=change)])
        [closed] = scene.connector.push(
            [Push("c", PushKind.TASK_CLOSE, ref=ref, note="They came back.")]
        )
        assert changed.settled is closed.settled is Settled.DELIVERED
        [task] = scene.read(Kind.TASK, ref.id)
        assert isinstance(task.entity, TaskState)
        assert task.entity.closed
        assert task.entity.due_on == later
        assert task.entity.key == "r1:listen:0"

    def test_fields_are_written_and_what_does_not_exist_is_told(self, scene: Scene) -> None:
        values: dict[Field, str | None] = {
            Field.REASON: "price",
            Field.COMPETITOR: "Globex",
            Field.OUTCOME: "spoke",  # belongs on tasks
        }
        push = Push("f", PushKind.FIELD, ref=scene.opportunity, values=values)
        [result] = scene.connector.push([push])
        assert result.settled is Settled.DELIVERED
        assert result.left_out == (Field.OUTCOME,)
        [read] = scene.read(Kind.OPPORTUNITY, scene.opportunity.id)
        assert read.ours[Field.REASON] == "price"
        assert read.ours[Field.COMPETITOR] == "Globex"
        assert read.ours[Field.FAULT] is None
        assert Field.OUTCOME not in read.ours

    def test_a_field_that_exists_nowhere_is_refused_with_what_to_do(self, scene: Scene) -> None:
        push = Push("f", PushKind.FIELD, ref=scene.opportunity, values={Field.OUTCOME: "spoke"})
        [result] = scene.connector.push([push])
        assert result.settled is Settled.REFUSED
        assert "winback provision" in result.sentence
        assert result.left_out == (Field.OUTCOME,)

    def test_one_bad_row_does_not_hold_back_the_others(self, scene: Scene) -> None:
        scene.delete(scene.opportunity)
        good = scene.wanted("r1:listen:0")
        assert scene.connector.push([good])[0].settled is Settled.DELIVERED
        push = Push("f", PushKind.FIELD, ref=scene.opportunity, values={Field.REASON: "price"})
        [gone] = scene.connector.push([push])
        assert gone.settled is Settled.GONE

    def test_provision_a_second_time_changes_nothing(self, scene: Scene) -> None:
        reasons = [("price", "Price"), ("unknown", "Unknown")]
        scene.connector.provision(reasons, plan_only=False)
        assert scene.connector.provision(reasons, plan_only=False) == []
        assert scene.connector.provision(reasons, plan_only=True) == []
        added = [*reasons, ("neglect", "Neglect")]
        assert scene.connector.provision(added, plan_only=True)
        assert scene.connector.provision(added, plan_only=False)
        assert scene.connector.provision(added, plan_only=True) == []

    def test_check_names_what_is_missing(self, scene: Scene) -> None:
        watched = Stream(scene.opportunity.type, Kind.OPPORTUNITY, ("nonsense_field__c",))
        missing = Stream(scene.missing_type, Kind.RECORD)
        findings = scene.connector.check([*scene.watched, watched, missing])
        bad = [finding for finding in findings if not finding.ok]
        assert any("nonsense_field__c" in f.what + f.sentence for f in bad)
        assert any(scene.missing_type in f.what + f.sentence for f in bad)

    def test_a_refused_token_is_said_so_and_by_check_too(self, scene: Scene) -> None:
        scene.connector.streams(scene.watched)
        scene.refuse_token()
        with pytest.raises(CredentialsRefused):
            scene.read(Kind.ACCOUNT, scene.account.id)
        assert any(not finding.ok for finding in scene.connector.check(scene.watched))

    def test_owners_say_whether_they_still_work_here(self, scene: Scene) -> None:
        [owner] = scene.read(Kind.OWNER, scene.owner)
        assert isinstance(owner.entity, Owner)
        assert owner.entity.active

    def test_a_link_leads_to_the_record(self, scene: Scene) -> None:
        link = scene.connector.link(scene.account)
        assert link.startswith(("https://", "http://127.0.0.1"))
        assert scene.account.id in link
