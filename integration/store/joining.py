"""The same customer in two CRMs becomes one customer, the home CRM's (row W11).

Done between reading and deciding, by the round of whichever CRM comes first: from then on the
customer's rows are the home CRM's to decide, and the other CRM's readings only mark it changed.
A decision under way on somebody who was joined meanwhile is dropped (`ledger.save`), so that no
lock but each CRM's own is needed. Joined is joined for good: a recovery is not torn apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store import merging
from integration.store.tables import customers, records

_here = records.alias("here")
_home = records.alias("home")


@dataclass(frozen=True, slots=True)
class Accounts:
    """A CRM's accounts: its name in the rule file, and what it calls an account."""

    name: str
    account_type: str


def join(connection: Connection, crm: Accounts, home: Accounts, now: datetime) -> int:
    """Join this CRM's customers to those of the home CRM; answers how many. An id decides
    before a domain; whatever fits several customers at home fits none."""
    joined = 0
    for pairs in (_by_id, _by_domain):
        for customer, of_home in _certain(pairs(connection, crm, home)):
            merging.merge_customers(connection, customer, of_home, now)
            connection.execute(sa.delete(customers).where(customers.c.id == customer))
            joined += 1
    return joined


def _certain(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for customer, of_home in pairs:
        found[customer].add(of_home)
    return [(customer, min(homes)) for customer, homes in found.items() if len(homes) == 1]


def _by_id(connection: Connection, crm: Accounts, home: Accounts) -> list[tuple[int, int]]:
    """One names the other by its id, or both have the same id of a third system."""
    told, home_told = _here.c.shared_id.is_not(None), _home.c.shared_id.is_not(None)
    same = (
        (told, _here.c.shared_id == _home.c.record_id),
        (home_told, _home.c.shared_id == _here.c.record_id),
        (told, home_told, _here.c.shared_id == _home.c.shared_id),
    )
    return [pair for one in same for pair in _pairs(connection, crm, home, *one)]


def _by_domain(connection: Connection, crm: Accounts, home: Accounts) -> list[tuple[int, int]]:
    """Accounts that alone have their domain, in both CRMs."""
    return _pairs(
        connection,
        crm,
        home,
        _here.c.domain == _home.c.domain,
        _here.c.domain.in_(_own_domains(crm.name)),
        _home.c.domain.in_(_own_domains(home.name)),
    )


def _own_domains(crm: str) -> sa.Select[tuple[str]]:
    return (
        sa.select(records.c.domain)
        .where(records.c.crm == crm, records.c.domain.is_not(None))
        .group_by(records.c.domain)
        .having(sa.func.count() == 1)
    )


def _pairs(
    connection: Connection, crm: Accounts, home: Accounts, *same: sa.ColumnElement[bool]
) -> list[tuple[int, int]]:
    """(customer that is not joined yet, customer of the home CRM)."""
    rows = connection.execute(
        sa.select(_here.c.customer_id, _home.c.customer_id)
        .join(customers, customers.c.id == _here.c.customer_id)
        .join(_home, sa.and_(*same))
        .where(
            customers.c.crm == crm.name,
            _here.c.crm == crm.name,
            _here.c.type == crm.account_type,
            _home.c.crm == home.name,
            _home.c.type == home.account_type,
            _home.c.customer_id.is_not(None),
        )
    )
    return [(row[0], row[1]) for row in rows]
