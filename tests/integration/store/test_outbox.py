"""Rows of wanted changes: claimed once, sent in order, never settled by a stranger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from connectors.base import PushKind
from integration.store import claiming, outbox
from integration.store.engine import begin
from integration.store.tables import pushes
from tests.integration.store.records import LEASE, NO_TIME, NOW, claimed, field_push


def states(connection: Connection) -> list[str]:
    return list(connection.execute(sa.select(pushes.c.state).order_by(pushes.c.id)).scalars())


def orphans(connection: Connection, after: timedelta, *, all_leases: bool = False) -> int:
    return claiming.orphans(
        connection, "sales", NOW + after, lease=LEASE, grace=NO_TIME, all_leases=all_leases
    )


def test_every_row_is_claimed_once_however_many_claim(engine: Engine) -> None:
    with begin(engine) as connection:
        for n in range(40):
            field_push(connection, f"D{n}")

    def some() -> list[int]:
        with begin(engine) as connection:
            return [row.id for row in claimed(connection, 7)]

    with ThreadPoolExecutor(4) as pool:
        taken = [f.result() for f in [pool.submit(some) for _ in range(8)]]
    ids = [id for batch in taken for id in batch]
    assert len(ids) == len(set(ids))
    with begin(engine) as connection:
        ids += [row.id for row in claimed(connection)]
    assert len(set(ids)) == 40


def test_rows_of_one_record_go_in_order_and_hold_back_only_each_other(engine: Engine) -> None:
    with begin(engine) as connection:
        field_push(connection, "D1")
        field_push(connection, "D1")
        field_push(connection, "D2")
        first, other = claimed(connection)
        assert [first.stream, other.stream] == ["Opportunity:D1", "Opportunity:D2"]
        later = NOW + timedelta(minutes=5)
        outbox.settle(connection, first, state="pending", due_at=later)
        assert claimed(connection) == []
        [again] = claimed(connection, now=later)
        outbox.settle(connection, again, state="parked", reason="refused", sentence="no")
        assert [row.stream for row in claimed(connection)] == ["Opportunity:D1"]


def test_a_late_answer_settles_nothing(engine: Engine) -> None:
    with begin(engine) as connection:
        field_push(connection)
        [row] = claimed(connection)
        assert orphans(connection, LEASE / 2) == 0
        assert orphans(connection, LEASE * 2) == 1
        assert not outbox.settle(connection, row, state="delivered")
        assert outbox.deliver(connection, [(row, "")], NOW) == []
        assert states(connection) == ["unknown"]


def test_rows_of_a_dead_process_wait_for_their_grace(engine: Engine) -> None:
    grace = timedelta(seconds=90)
    with begin(engine) as connection:
        field_push(connection)
        claimed(connection)
        claiming.orphans(connection, "sales", NOW, lease=LEASE, grace=grace, all_leases=True)
        kind = PushKind.FIELD
        assert claiming.next_due(connection, "sales") == NOW + grace
        assert claiming.claim_unknown(connection, "sales", kind, 10, NOW, LEASE) == []
        [row] = claiming.claim_unknown(connection, "sales", kind, 10, NOW + grace, LEASE)
        assert row.attempts == 1


def test_what_a_dead_process_had_not_begun_is_due_at_once(engine: Engine) -> None:
    kind, grace = PushKind.FIELD, timedelta(seconds=90)
    with begin(engine) as connection:
        field_push(connection, "D1")
        field_push(connection, "D2")
        begun, unbegun = claiming.claim(connection, "sales", kind, 9, NOW, LEASE, tells=True)
        [begun] = claiming.renew(connection, [begun], NOW, LEASE)
        claiming.orphans(connection, "sales", NOW, lease=LEASE, grace=grace, all_leases=True)
        assert states(connection) == ["unknown", "pending"]
        assert claiming.renew(connection, [begun, unbegun], NOW, LEASE) == []
        [again] = claimed(connection)
        assert (again.id, again.attempts) == (unbegun.id, 0)


def test_who_tells_settles_its_rows_by_what_renew_answered(engine: Engine) -> None:
    with begin(engine) as connection:
        field_push(connection)
        rows = claiming.claim(connection, "sales", PushKind.FIELD, 9, NOW, LEASE, tells=True)
        [begun] = claiming.renew(connection, rows, NOW, LEASE)
        assert not outbox.settle(connection, rows[0], state="delivered")
        assert outbox.settle(connection, begun, state="delivered")


def test_a_dead_process_that_was_reading_back_leaves_rows_as_due_as_they_were(
    engine: Engine,
) -> None:
    kind, grace = PushKind.FIELD, timedelta(seconds=90)
    with begin(engine) as connection:
        field_push(connection)
        [row] = claimed(connection)
        outbox.settle(connection, row, state="unknown", due_at=NOW)
        claiming.claim_unknown(connection, "sales", kind, 9, NOW, LEASE)
        claiming.orphans(connection, "sales", NOW, lease=LEASE, grace=grace, all_leases=True)
        assert [one.id for one in claiming.claim_unknown(connection, "sales", kind, 9, NOW, LEASE)]


def test_a_row_is_not_exhausted_by_our_own_deaths(engine: Engine) -> None:
    with begin(engine) as connection:
        field_push(connection)
        claimed(connection)
        for _ in range(20):
            orphans(connection, NO_TIME, all_leases=True)
            kind = PushKind.FIELD
            [row] = claiming.claim_unknown(connection, "sales", kind, 10, NOW, LEASE)
            assert row.attempts <= outbox.ALONE_AFTER


def test_a_batch_that_failed_goes_again_in_parts_and_takes_nothing_new_with_it(
    engine: Engine,
) -> None:
    with begin(engine) as connection:
        for n in range(30):
            field_push(connection, f"old {n}")
        connection.execute(sa.update(pushes).values(attempts=1))
        for n in range(5):
            field_push(connection, f"new {n}")
        batches = [[row.attempts for row in claimed(connection, 100)] for _ in range(4)]
        assert batches == [[0] * 5, [1] * 10, [1] * 10, [1] * 10]


def test_a_row_that_failed_twice_goes_alone(engine: Engine) -> None:
    with begin(engine) as connection:
        for n in range(3):
            field_push(connection, f"D{n}")
        bad, *_ = claimed(connection)
        connection.execute(sa.update(pushes).values(state="pending"))
        failed = {"attempts": outbox.ALONE_AFTER}
        connection.execute(sa.update(pushes).where(pushes.c.id == bad.id).values(failed))
        batches = [len(claimed(connection)) for _ in range(3)]
        assert sorted(batches) == [0, 1, 2]


def test_parked_rows_are_told_and_sent_again(engine: Engine) -> None:
    with begin(engine) as connection:
        field_push(connection)
        [row] = claimed(connection)
        sentence = "Stage is required: fill it, then requeue."
        outbox.settle(connection, row, state="parked", reason="refused", sentence=sentence)
        [told] = outbox.parked(connection, "sales")
        assert (told["key"], told["sentence"]) == ("Opportunity:D1", sentence)
        assert outbox.requeue(connection, NOW, crm="hub") == 0
        assert outbox.requeue(connection, NOW, crm="sales") == 1
        assert [row.attempts for row in claimed(connection)] == [0]


def test_what_is_held_is_let_go_by_who_held_it(engine: Engine) -> None:
    with begin(engine) as connection:
        field_push(connection, state="staged")
        assert outbox.unstage(connection, "sales", "storm") == 1
        assert outbox.release(connection, "sales", "dry run", NOW) == 0
        assert claimed(connection) == []
        assert outbox.release(connection, "sales", "storm", NOW) == 1
        assert len(claimed(connection)) == 1
