"""What a `[crm.NAME]` table says about one Salesforce org, secrets already looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from connectors.hosts import checked_origin
from connectors.log_ins import Credentials
from connectors.salesforce.versions import CURRENT


@dataclass(frozen=True, slots=True)
class SalesforceSettings:
    """`base_url` is the org's My Domain address: it serves the token and the data.

    Either `client_secret` (client credentials) or `username` and `private_key` (JWT bearer).
    `password` is here only to be refused with a reason. `watched_types` are the record types
    that get our reason fields beside the account. With `queues` those that may own tasks are
    read beside the users.
    """

    name: str
    base_url: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    username: str | None = None
    private_key: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    org_id: str | None = None
    api_version: str = CURRENT
    watched_types: tuple[str, ...] = ()
    queues: bool = False
    grace: timedelta = timedelta(seconds=10)

    def credentials(self) -> Credentials:
        """What a token is given for."""
        names = (self.name, checked_origin(self.base_url), self.client_id)
        more = (self.username or "", self.org_id or "")
        return Credentials((*names, *more), self.client_secret or self.private_key or "")
