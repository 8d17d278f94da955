"""Accounts that were never read are found among the customers that are marked, who are few."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from integration.store import cases, mirror
from integration.store.engine import begin, connect
from integration.store.tables import customers
from rules.model import Ref
from tests.bench.plans import plan
from tests.integration.store.records import NOW, TYPES, account, contact, deal


def test_only_accounts_of_marked_customers_that_were_never_read(engine: sa.Engine) -> None:
    named = [deal("D1", account_id="A1"), deal("D2", account_id="A2"), deal("D3", account_id="A3")]
    with begin(engine) as connection:
        read = [*named, account("A2"), contact("C9")]
        mirror.absorb(connection, "sales", TYPES, read, NOW, today=NOW.date())
        third = mirror.whose(connection, "sales", [Ref("Opportunity", "D3")]).values()
        decided = sa.update(customers).where(customers.c.id.in_(third)).values(changed_at=None)
        connection.execute(decided)
        found = cases.unread_accounts(connection, "sales", "Account")
    assert found == {Ref("Account", "A1")}


def test_sqlite_begins_with_the_customers_and_not_with_all_accounts(sqlite_url: str) -> None:
    engine = connect(sqlite_url)
    asked: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    with begin(engine) as connection:
        sa.event.listen(engine, "before_cursor_execute", hear)
        cases.unread_accounts(connection, "sales", "Account")
        sa.event.remove(engine, "before_cursor_execute", hear)
        [steps] = [plan(connection, *one) for one in asked]
    engine.dispose()
    assert "customers_changed (crm=? AND changed_at>?)" in steps[0]
    assert "aliases_customer (customer_id=? AND crm=? AND type=?)" in steps[1]
