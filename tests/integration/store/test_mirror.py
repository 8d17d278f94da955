"""Records as last read: what is news, and whose each record is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from integration.store import cases, mirror
from integration.store.engine import begin
from integration.store.tables import customers, records
from integration.store.written import Wrote, wrote_fields
from rules.model import Field, Ref, Snapshot
from tests.integration.store.records import NOW, TYPES, account, contact, deal


def absorb(connection: Connection, *snapshots: Snapshot) -> int:
    return mirror.absorb(connection, "sales", TYPES, snapshots, NOW, today=NOW.date())


def all_decided(connection: Connection) -> None:
    connection.execute(sa.update(customers).values(changed_at=None))


def whose(connection: Connection, refs: Sequence[Ref]) -> list[int | None]:
    rows = connection.execute(sa.select(records.c.type, records.c.record_id, records.c.customer_id))
    found = {Ref(row.type, row.record_id): row.customer_id for row in rows}
    return [found[ref] for ref in refs]


def test_a_record_that_has_not_changed_is_no_news(engine: Engine) -> None:
    with begin(engine) as connection:
        assert absorb(connection, account()) == 1
        all_decided(connection)
        later = replace(account(), modified_at=NOW)
        assert absorb(connection, account(), later) == 0
        assert cases.to_decide(connection, "sales") == 0


def test_an_older_reading_than_ours_is_ignored(engine: Engine) -> None:
    new = account(name="New name", modified_at=NOW)
    old = account(name="Old name", modified_at=NOW - timedelta(seconds=1))
    with begin(engine) as connection:
        absorb(connection, new)
        assert absorb(connection, old) == 0
        assert absorb(connection, replace(old, modified_at=NOW)) == 1


def test_the_echo_of_our_own_write_is_no_news_but_a_persons_change_is(engine: Engine) -> None:
    before = deal(ours={Field.REASON: None})
    with begin(engine) as connection:
        absorb(connection, before)
        wrote_fields(connection, "sales", [Wrote(before.ref, {Field.REASON: "price"})])
        all_decided(connection)
        assert absorb(connection, replace(before, ours={Field.REASON: "price"})) == 0
        assert absorb(connection, replace(before, ours={Field.REASON: "service"})) == 1
        assert cases.to_decide(connection, "sales") == 1


def test_records_belong_to_the_account_else_the_contact_else_themselves(engine: Engine) -> None:
    of_account = deal("D1", account_id="A1", contact_id="C1")
    of_contact = deal("D2", contact_id="C1")
    of_nobody = deal("D3")
    person = contact("C1")
    with begin(engine) as connection:
        absorb(connection, account(), person, of_account, of_contact, of_nobody)
        refs = [s.ref for s in (account(), of_account, person, of_contact, of_nobody)]
        acme, first, eva, second, third = whose(connection, refs)
    assert acme == first
    assert eva == second
    assert len({acme, eva, third}) == 3


def test_a_merged_account_takes_its_records_along(engine: Engine) -> None:
    winner, loser = account("A1"), account("A2")
    hers = deal(account_id="A2")
    with begin(engine) as connection:
        absorb(connection, winner, loser, hers)
        absorb(connection, replace(loser, merged_into="A1"))
        kept, moved = whose(connection, [winner.ref, hers.ref])
        assert kept == moved
        later = deal("D9", account_id="A2")  # read before the merge, stored after
        absorb(connection, later)
        assert whose(connection, [later.ref]) == [kept]


def test_a_deleted_record_keeps_what_we_knew_of_it(engine: Engine) -> None:
    known = deal(account_id="A1")
    gone = Snapshot(known.ref, known.kind, deleted=True)
    with begin(engine) as connection:
        absorb(connection, account(), known)
        all_decided(connection)
        assert absorb(connection, gone) == 1
        assert absorb(connection, gone) == 0
        assert whose(connection, [known.ref]) == whose(connection, [account().ref])
        assert cases.to_decide(connection, "sales") == 1


def test_customers_are_loaded_few_at_a_time_where_they_have_many_records(engine: Engine) -> None:
    heavy = [deal(f"D{n}", account_id=f"A{n % 3}") for n in range(cases.RECORDS_AT_ONCE * 3 // 2)]
    light = [deal(f"L{n}", account_id=f"B{n}") for n in range(5)]
    with begin(engine) as connection:
        absorb(connection, *heavy, *light)
        first = cases.next_batch(connection, "sales", None)
        assert len(first) < 8
        assert cases.to_decide(connection, "sales") == 8


def test_customers_are_looked_at_when_their_day_has_come(engine: Engine) -> None:
    today = date(2026, 11, 21)
    with begin(engine) as connection:
        absorb(connection, account("A1"), account("A2"))
        all_decided(connection)
        first = sa.select(sa.func.min(customers.c.id)).scalar_subquery()
        connection.execute(
            sa.update(customers).where(customers.c.id == first).values(look_again_on=today)
        )
        assert cases.mark_due(connection, "sales", today - timedelta(days=1), NOW) == 0
        assert cases.mark_due(connection, "sales", today, NOW) == 1
        assert cases.to_decide(connection, "sales") == 1
