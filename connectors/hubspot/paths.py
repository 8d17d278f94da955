"""Where things stand in HubSpot: paths by API version, type names, association types.

The version is a segment of the path: dates since 2026-03, `v3` and `v4` before, which end in
2027. Shapes are the same in all of them ("version-parity replacements").
https://developers.hubspot.com/changelog/legacy-apis-and-legacy-apps-whats-going-unsupported-and-when
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from hubspot.crm import AssociationType

from connectors.hubspot.versions import (
    ACCOUNT,
    CURRENT,
    LEGACY,
    LEGACY_ASSOCIATIONS,
    is_version,
)

OWNERS: Final = "owners"
COMPANIES: Final = "companies"
CONTACTS: Final = "contacts"
DEALS: Final = "deals"
TASKS: Final = "tasks"
SUBSCRIPTIONS: Final = "subscriptions"
LINE_ITEMS: Final = "line_items"


@dataclass(frozen=True, slots=True)
class Routes:
    """The path of each API under one version."""

    objects: str
    properties: str
    pipelines: str
    owners: str
    associations: str
    account: str
    schemas: str

    def object_(self, type: str, *rest: str) -> str:
        return _join(self.objects, type, *rest)

    def property_(self, type: str, *rest: str) -> str:
        return _join(self.properties, type, *rest)

    def pipeline(self, type: str) -> str:
        return _join(self.pipelines, type)

    def association(self, from_type: str, to_type: str, *rest: str) -> str:
        return _join(self.associations, from_type, to_type, *rest)


def routes(version: str) -> Routes:
    """Raises ValueError for a version that is neither `v3` nor a date such as `2026-03`. Custom
    objects under a date: https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/schemas/guide
    """
    if not is_version(version):
        raise ValueError(f'HubSpot has no API version "{version}"; write "{CURRENT}" or "{LEGACY}"')
    if version == LEGACY:
        return Routes(
            objects=f"/crm/{LEGACY}/objects",
            properties=f"/crm/{LEGACY}/properties",
            pipelines=f"/crm/{LEGACY}/pipelines",
            owners=f"/crm/{LEGACY}/owners",
            associations=f"/crm/{LEGACY_ASSOCIATIONS}/associations",
            account=f"/account-info/{LEGACY}/details",
            schemas=f"/crm/{LEGACY}/schemas",
        )
    return Routes(
        objects=f"/crm/objects/{version}",
        properties=f"/crm/properties/{version}",
        pipelines=f"/crm/pipelines/{version}",
        owners=f"/crm/owners/{version}",
        associations=f"/crm/associations/{version}",
        account=f"/account-info/{ACCOUNT}/details",
        schemas=f"/crm-object-schemas/{version}/schemas",
    )


def _join(*parts: str) -> str:
    return "/".join((parts[0], *(quote(part, safe="") for part in parts[1:])))


TYPE_NAMES: Final = {
    # what an admin may write -> the name in paths; object type ids are HubSpot's own
    "owner": OWNERS,
    "company": COMPANIES,
    "0-2": COMPANIES,
    "contact": CONTACTS,
    "0-1": CONTACTS,
    "deal": DEALS,
    "0-3": DEALS,
    "task": TASKS,
    "0-27": TASKS,
    "ticket": "tickets",
    "0-5": "tickets",
    "subscription": SUBSCRIPTIONS,
    "0-69": SUBSCRIPTIONS,
}
OBJECT_TYPE_IDS: Final = {
    name: written for written, name in TYPE_NAMES.items() if written.startswith("0-")
}


def type_name(written: str) -> str:
    """The path name of a type as somebody wrote it; custom types (`2-123`, `p_x`) stay."""
    written = written.strip()
    return TYPE_NAMES.get(written.lower(), _standard_case(written))


def _standard_case(written: str) -> str:
    return written.lower() if written.lower() in TYPE_NAMES.values() else written


TASK_ASSOCIATIONS: Final = {
    COMPANIES: int(AssociationType.TASK_TO_COMPANY),  # 192
    CONTACTS: int(AssociationType.TASK_TO_CONTACT),  # 204
    DEALS: int(AssociationType.TASK_TO_DEAL),  # 216
    "tickets": int(AssociationType.TASK_TO_TICKET),  # 230
}
PRIMARY_ASSOCIATIONS: Final = frozenset(
    # low ids mean "primary": the company that a deal or a contact belongs to
    {
        int(AssociationType.PRIMARY_CONTACT_TO_COMPANY),  # 1
        int(AssociationType.PRIMARY_DEAL_TO_COMPANY),  # 5
    }
)


def last_modified_name(type: str) -> str:
    """Contacts alone call it differently."""
    return "lastmodifieddate" if type == CONTACTS else "hs_lastmodifieddate"
