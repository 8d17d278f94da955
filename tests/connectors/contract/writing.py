"""Pushes of every kind, each row settled by its own answer."""

from __future__ import annotations

from datetime import UTC, date, datetime

from connectors.base import Push, PushKind, Settled, TaskChange
from rules.model import Field, Kind, Ref, TaskState
from tests.connectors.contract.scene import DUE, Scene, seen


class Writing:
    """What the contract asks of `push`, `find` and `batch_limit`."""

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

    def test_our_new_tasks_are_told_by_the_next_poll(self, scene: Scene) -> None:
        _, cursor = scene.poll(Kind.TASK, None)
        [made] = scene.create("r1:listen:0")
        pages, _ = scene.poll(Kind.TASK, cursor)
        assert made.crm_id in seen(pages)

    def test_a_task_is_changed_and_closed(self, scene: Scene) -> None:
        [made] = scene.create("r1:listen:0")
        ref = scene.task(made.crm_id)
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
        push = scene.fields(
            scene.opportunity, reason="price", competitor="Globex", outcome="spoke"
        )  # an outcome belongs on tasks
        [result] = scene.connector.push([push])
        assert result.settled is Settled.DELIVERED
        assert result.left_out == (Field.OUTCOME,)
        [read] = scene.read(Kind.OPPORTUNITY, scene.opportunity.id)
        assert read.ours[Field.REASON] == "price"
        assert read.ours[Field.COMPETITOR] == "Globex"
        assert read.ours[Field.FAULT] is None
        assert Field.OUTCOME not in read.ours

    def test_a_field_that_exists_nowhere_is_refused_with_what_to_do(self, scene: Scene) -> None:
        [result] = scene.connector.push([scene.fields(scene.opportunity, outcome="spoke")])
        assert result.settled is Settled.REFUSED
        assert "winback provision" in result.sentence
        assert result.left_out == (Field.OUTCOME,)

    def test_a_full_batch_is_one_call(self, scene: Scene) -> None:
        number = scene.connector.batch_limit(PushKind.TASK_CREATE)
        scene.create("r1:listen:0")
        before = scene.connector.calls.write
        results = scene.create(*(f"r2:listen:{place}" for place in range(number)))
        assert scene.connector.calls.write - before == 1
        assert {one.settled for one in results} == {Settled.DELIVERED}
        assert [one.push_id for one in results] == [
            f"push r2:listen:{place}" for place in range(number)
        ]
        assert scene.count_tasks() == number + 1

    def test_every_kind_has_a_limit_above_one(self, scene: Scene) -> None:
        assert all(scene.connector.batch_limit(kind) > 1 for kind in PushKind)

    def test_a_task_that_is_gone_does_not_hold_back_the_others(self, scene: Scene) -> None:
        made = scene.create("r1:a:0", "r1:b:0", "r1:c:0")
        scene.delete(scene.task(made[1].crm_id))
        change = TaskChange(due_on=DUE, due_at=datetime(2027, 1, 14, 9, tzinfo=UTC))
        for kind in (PushKind.TASK_UPDATE, PushKind.TASK_CLOSE):
            wanted = change if kind is PushKind.TASK_UPDATE else None
            batch = [
                Push(f"{kind} {one.crm_id}", kind, ref=scene.task(one.crm_id), change=wanted)
                for one in made
            ]
            results = scene.connector.push(batch)
            assert [one.push_id for one in results] == [one.id for one in batch]
            assert [one.settled for one in results] == [
                Settled.DELIVERED,
                Settled.GONE,
                Settled.DELIVERED,
            ]

    def test_a_record_that_is_gone_does_not_hold_back_another(self, scene: Scene) -> None:
        [live] = [one for one in self.accounts(scene, 1) if one != scene.account]
        scene.delete(live)
        gone, written = scene.connector.push(
            [scene.fields(live, reason="price"), scene.fields(scene.account, reason="price")]
        )
        assert (gone.push_id, gone.settled) == (f"fields of {live.id}", Settled.GONE)
        assert written.settled is Settled.DELIVERED
        [account] = scene.read(Kind.ACCOUNT, scene.account.id)
        assert account.ours[Field.REASON] == "price"

    def test_a_field_is_emptied(self, scene: Scene) -> None:
        for value in ("Globex", None):
            [result] = scene.connector.push([scene.fields(scene.account, competitor=value)])
            assert result.settled is Settled.DELIVERED
            [account] = scene.read(Kind.ACCOUNT, scene.account.id)
            assert account.ours[Field.COMPETITOR] == value

    def test_subject_and_body_are_replaced_as_a_whole(self, scene: Scene) -> None:
        [made] = scene.create("r1:listen:0")
        change = TaskChange(subject="Call them", body="Listen.\n\n[winback:r1:listen:0]")
        push = Push("t", PushKind.TASK_UPDATE, ref=scene.task(made.crm_id), change=change)
        [result] = scene.connector.push([push])
        assert result.settled is Settled.DELIVERED
        [task] = scene.read(Kind.TASK, made.crm_id or "")
        assert isinstance(task.entity, TaskState)
        assert (task.entity.subject, task.entity.key) == ("Call them", "r1:listen:0")
        assert task.entity.due_on == DUE

    def accounts(self, scene: Scene, more: int) -> list[Ref]:
        """All accounts, `more` than before."""
        scene.fill(more)
        pages, _ = scene.poll(Kind.ACCOUNT, None)
        return [Ref(scene.account.type, id) for id in sorted(seen(pages))]
