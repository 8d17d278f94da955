"""Owners: the portal's users and queues. Records name an owner's `id`, never a `userId`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PortalOwner:
    """`archived` is a deactivated user: listed only with `archived=true`, without `userId`."""

    id: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    user_id: int = 0
    type: str = "PERSON"  # or QUEUE
    archived: bool = False
    teams: tuple[str, ...] = ()

    def json(self, stamp: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "id": self.id,
            "email": self.email,
            "type": self.type,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "createdAt": stamp,
            "updatedAt": stamp,
            "archived": self.archived,
        }
        if self.type == "PERSON":
            body["userIdIncludingInactive"] = self.user_id
            if not self.archived:
                body["userId"] = self.user_id
        if self.teams:
            body["teams"] = [
                {"id": str(n + 1), "name": team, "primary": n == 0}
                for n, team in enumerate(self.teams)
            ]
        return body
