"""A case's parts where the customer is in two CRMs: which of them counts, and what is the same.

What they bought is read at home alone where home has any of it, else elsewhere: a deal that
stands in both CRMs would count twice. Who is talked to, and who owns what, is said by home, the
people of the other CRM being known by their e-mail address; a no counts wherever it was said.
Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from integration.store.elsewhere import is_elsewhere
from rules.consent import suppressed
from rules.model import Contact, Contract, Opportunity, Owner, Permission, Snapshot

Bought = TypeVar("Bought", Opportunity, Contract)


def bought(live: Sequence[Snapshot], sort: type[Bought]) -> tuple[Bought, ...]:
    """The opportunities, or the contracts, that count."""
    home = tuple(s.entity for s in _at_home(live) if isinstance(s.entity, sort))
    away = tuple(s.entity for s in _elsewhere(live) if isinstance(s.entity, sort))
    return home or away


def contacts(live: Sequence[Snapshot]) -> tuple[Contact, ...]:
    """Home's contacts, each with the no that they gave elsewhere, and behind them those of
    elsewhere who said no: a task never asks for them, and they are not forgotten either."""
    refused = [c for c in _people(_elsewhere(live)) if suppressed(c) and not c.left]
    addresses = {_address(c) for c in refused if c.email}
    home = [_refusing(c) if _address(c) in addresses else c for c in _people(_at_home(live))]
    known = {_address(c) for c in home}
    return (*home, *(c for c in refused if _address(c) not in known))


def _refusing(contact: Contact) -> Contact:
    return replace(contact, permission=Permission.NO)


def at_home(
    records: Sequence[Snapshot],
    owners: Mapping[str, Owner],
    owners_elsewhere: Mapping[str, Owner],
) -> tuple[Snapshot, ...]:
    """The records of elsewhere with home's ids of the people whom they name, or none."""
    if not any(is_elsewhere(s.ref) for s in records):
        return tuple(records)
    people = {_address(c): c.id for c in _people(_at_home(records)) if c.email}
    named = {c.id: people.get(_address(c)) for c in _people(_elsewhere(records))}
    users = {o.email.lower(): o.id for o in owners.values() if o.email}
    owned = {o.id: users.get(o.email.lower()) for o in owners_elsewhere.values()}
    return tuple(
        replace(
            s,
            contact_id=named.get(s.contact_id or ""),
            owner_id=owned.get(s.owner_id or ""),
        )
        if is_elsewhere(s.ref)
        else s
        for s in records
    )


def _at_home(records: Sequence[Snapshot]) -> list[Snapshot]:
    return [s for s in records if not is_elsewhere(s.ref)]


def _elsewhere(records: Sequence[Snapshot]) -> list[Snapshot]:
    return [s for s in records if is_elsewhere(s.ref)]


def _people(records: Sequence[Snapshot]) -> list[Contact]:
    return [s.entity for s in records if isinstance(s.entity, Contact)]


def _address(contact: Contact) -> str:
    return contact.email.strip().lower()
