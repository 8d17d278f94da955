"""People who are to be forgotten, and those who were: known again by a salted hash of their id.

Once somebody is erased, every later reading of them becomes a stand-in without a name who said
no to being contacted. So the rules need no word for it: a no beats every rule of theirs.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from integration.store.tables import suppressions
from integration.store.upsert import chunks, insert
from rules.model import Contact, Kind, Opportunity, Permission, Ref, Snapshot

NOBODY = "a person who was forgotten"
"""What stands where their name stood."""

_PREFIX = "forgotten-"


def ask(connection: Connection, crm: str, contact_id: str, now: datetime) -> None:
    """Have a person erased by the next round; asking twice does no harm."""
    salt = next(iter(_salts(connection, crm)), None) or secrets.token_hex(16)
    row = {"crm": crm, "digest": _digest(salt, crm, contact_id), "salt": salt, "asked_at": now}
    statement = insert(connection, suppressions).values(contact_id=contact_id, **row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["crm", "digest"], set_={"contact_id": contact_id}
        )
    )


def asked(connection: Connection, crm: str) -> list[str]:
    """Ids of those who have to be erased yet."""
    rows = connection.execute(
        sa.select(suppressions.c.contact_id)
        .where(suppressions.c.crm == crm, suppressions.c.contact_id.is_not(None))
        .order_by(suppressions.c.asked_at)
    )
    return [row.contact_id for row in rows]


def erased(connection: Connection, crm: str, contact_id: str, now: datetime) -> None:
    """From now on only the hash knows them."""
    connection.execute(
        sa.update(suppressions)
        .where(suppressions.c.crm == crm, suppressions.c.contact_id == contact_id)
        .values(contact_id=None, erased_at=now)
    )


def stand_in_id(connection: Connection, crm: str, contact_id: str) -> str:
    """The id that takes the place of a person's own in all that stays. They were asked for."""
    found = connection.execute(
        sa.select(suppressions.c.digest).where(
            suppressions.c.crm == crm, suppressions.c.contact_id == contact_id
        )
    ).scalar_one()
    return _named(found)


def is_stand_in(record_id: str) -> bool:
    """No CRM has a record of this id: there is nothing to write to."""
    return record_id.startswith(_PREFIX)


def masked(connection: Connection, crm: str, snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Readings with everybody who was erased replaced by their stand-in."""
    people = {s.ref.id for s in snapshots if s.kind is Kind.CONTACT}
    people |= {s.contact_id for s in snapshots if s.contact_id is not None}
    stand_ins = _stand_ins(connection, crm, people)
    if not stand_ins:
        return list(snapshots)
    readings = (mask(snapshot, stand_ins) for snapshot in snapshots)
    return [reading for reading in readings if reading is not None]


def mask(snapshot: Snapshot, stand_ins: Mapping[str, str]) -> Snapshot | None:
    """One reading. `stand_ins` are ids by the ids of people. None for the deletion of one of
    them: their no holds also after it."""
    if snapshot.kind is Kind.CONTACT:
        stand_in = stand_ins.get(snapshot.ref.id)
        if stand_in is None:
            return snapshot
        if snapshot.deleted or snapshot.merged_into is not None:
            return None
        return _stand_in(snapshot, stand_in)
    named = stand_ins.get(snapshot.contact_id or "", snapshot.contact_id)
    entity = snapshot.entity
    if isinstance(entity, Opportunity):
        deal_of = stand_ins.get(entity.contact_id or "", entity.contact_id)
        entity = replace(entity, contact_id=deal_of)
    return replace(snapshot, contact_id=named, entity=entity)


def _stand_in(snapshot: Snapshot, id: str) -> Snapshot:
    return Snapshot(
        ref=Ref(snapshot.ref.type, id),
        kind=Kind.CONTACT,
        entity=Contact(
            id=id,
            name=NOBODY,
            account_id=snapshot.account_id,
            opted_out=True,
            permission=Permission.NO,
        ),
        account_id=snapshot.account_id,
        contact_id=id,
    )


def _stand_ins(connection: Connection, crm: str, people: Iterable[str]) -> dict[str, str]:
    """Of these people those who were erased, each with the stand-in's id."""
    ids = sorted(people)
    found: dict[str, str] = {}
    for salt in _salts(connection, crm):
        for part in chunks(ids):
            digests = {_digest(salt, crm, id): id for id in part}
            known = connection.execute(
                sa.select(suppressions.c.digest).where(
                    suppressions.c.crm == crm,
                    suppressions.c.digest.in_(digests),
                    suppressions.c.erased_at.is_not(None),
                )
            ).scalars()
            found |= {digests[digest]: _named(digest) for digest in known}
    return found


def _salts(connection: Connection, crm: str) -> list[str]:
    """One, or two where two processes met the CRM's first such person at once."""
    rows = sa.select(suppressions.c.salt).distinct().where(suppressions.c.crm == crm)
    return sorted(connection.execute(rows).scalars())


def _digest(salt: str, crm: str, contact_id: str) -> str:
    told = f"{crm}\x1f{contact_id}".encode()
    return hmac.new(salt.encode(), told, hashlib.sha256).hexdigest()


def _named(digest: str) -> str:
    return _PREFIX + digest[:20]
