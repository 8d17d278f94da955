"""What a new task hangs on, looked up again after Salesforce refused it: accounts and contacts
that were merged or deleted between the decision and the write. Deleted rows and their
`MasterRecordId` are seen by queryAll alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.errors import CrmError
from connectors.salesforce import soql
from connectors.salesforce.client import Client
from connectors.salesforce.reading import short
from connectors.salesforce.scanning import Scan
from rules.model import TaskDraft

_MERGES_IN_A_ROW = 5


@dataclass(frozen=True, slots=True)
class Anchors:
    """By the 15 characters of an id: what it lives on as, itself where it stands, None where it
    is deleted. One that Salesforce does not show is not in it."""

    now: Mapping[str, str | None]

    @classmethod
    def of(cls, client: Client, drafts: Sequence[TaskDraft]) -> Anchors:
        """Where they cannot be asked for, nothing is known of any."""
        found: dict[str, str | None] = {}
        for type, ids in (
            ("Account", [draft.account_id for draft in drafts]),
            ("Contact", [draft.contact_id for draft in drafts]),
        ):
            found |= _followed(client, type, {one for one in ids if one})
        return cls(found)

    def is_deleted(self, draft: TaskDraft) -> bool:
        """Whether the account is gone for good: then nobody is left to work on."""
        return bool(draft.account_id) and self.now.get(short(draft.account_id or ""), "?") is None

    def moved(self, draft: TaskDraft) -> TaskDraft:
        """The task on what its account and contact live on as; a contact who is gone is left
        out. The same draft where nothing of it moved."""
        account, contact = draft.account_id, draft.contact_id
        if account:
            account = self._living(account) or account
        if contact:
            contact = self._living(contact)
        if (account, contact) == (draft.account_id, draft.contact_id):
            return draft
        return replace(draft, account_id=account, contact_id=contact)

    def _living(self, id: str) -> str | None:
        if short(id) not in self.now:
            return id
        found = self.now[short(id)]
        return id if found is not None and short(found) == short(id) else found


def _followed(client: Client, type: str, ids: set[str]) -> dict[str, str | None]:
    masters: dict[str, str | None] = {}
    todo = ids
    for _ in range(_MERGES_IN_A_ROW):
        try:
            read = _read(client, type, todo)
        except CrmError:
            break
        masters |= read
        todo = {one for one in read.values() if one and short(one) not in masters}
        if not todo:
            break
    return {short(one): _end(short(one), masters) for one in ids if short(one) in masters}


def _read(client: Client, type: str, ids: set[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for where in soql.in_lists("Id", sorted(ids)):
        query = soql.select(("Id", "IsDeleted", "MasterRecordId"), type, where)
        for rows, _, _ in Scan(client, query, all_rows=True):
            for row in rows:
                gone = row.get("IsDeleted") is True
                found[short(str(row["Id"]))] = (
                    (row.get("MasterRecordId") or None) if gone else str(row["Id"])
                )
    return found


def _end(id: str, masters: Mapping[str, str | None]) -> str | None:
    """Where a chain of merges ends; a record that was deleted after a merge is gone."""
    for _ in range(_MERGES_IN_A_ROW):
        following = masters.get(id)
        if following is None or short(following) == id:
            return following
        if short(following) not in masters:
            return following
        id = short(following)
    return None
