"""The properties that every portal has, as far as the product and its tests look at them."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sandbox.hubspot.properties import Catalogue, Group, Option, Property
from connectors.sandbox.hubspot.types import ObjectType

_LIFECYCLE = (
    "subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer"
    " evangelist other"
)
_LEAD_STATUS = (
    "NEW OPEN IN_PROGRESS OPEN_DEAL UNQUALIFIED ATTEMPTED_TO_CONTACT CONNECTED BAD_TIMING"
)


def _texts(names: str) -> list[Property]:
    return [Property(name) for name in names.split()]


def _numbers(names: str) -> list[Property]:
    return [Property(name, "number") for name in names.split()]


def _instants(names: str) -> list[Property]:
    return [Property(name, "datetime") for name in names.split()]


def _choice(name: str, values: str, read_only: bool = False) -> Property:
    options = tuple(Option(v, v, n) for n, v in enumerate(values.split()))
    return Property(name, "enumeration", options=options, read_only=read_only)


def _calculated(names: str, type: str) -> list[Property]:
    return [Property(name, type, read_only=True, calculated=True) for name in names.split()]


_OWNER = Property("hubspot_owner_id", "enumeration", field_type="select", free=True)
_PEOPLE = [
    _OWNER,
    _choice("lifecyclestage", _LIFECYCLE),
    _choice("hs_lead_status", _LEAD_STATUS),
    *_texts("phone city state country zip address website hs_country_region_code"),
    *_instants("notes_last_updated notes_last_contacted notes_next_activity_date closedate"),
    *_instants("first_deal_created_date recent_deal_close_date"),
    *_numbers("num_associated_deals recent_deal_amount total_revenue num_notes"),
]

_BY_TYPE: dict[str, Sequence[Property]] = {
    "contacts": [
        *_PEOPLE,
        Property("email", unique=True),
        *_texts("firstname lastname mobilephone jobtitle company hs_timezone hs_language"),
        Property("hs_email_optout", "bool"),
        Property("hs_legal_basis", "enumeration", field_type="checkbox", free=True),
        Property("hs_email_hard_bounce_reason_enum", "enumeration", free=True),
    ],
    "companies": [
        *_PEOPLE,
        *_texts("name domain description timezone"),
        Property("industry", "enumeration", free=True),
        _choice("type", "PROSPECT PARTNER RESELLER VENDOR OTHER"),
        *_numbers("annualrevenue numberofemployees hs_num_open_deals"),
    ],
    "deals": [
        _OWNER,
        *_texts("dealname description closed_lost_reason closed_won_reason"),
        *_numbers("amount amount_in_home_currency hs_arr hs_mrr hs_tcv hs_acv"),
        Property("deal_currency_code", "enumeration", free=True),
        _choice("dealtype", "newbusiness existingbusiness"),
        Property("pipeline", "enumeration", free=True),
        Property("dealstage", "enumeration", field_type="radio", free=True),
        *_instants("closedate notes_last_updated notes_last_contacted hs_lastactivitydate"),
        *_calculated("hs_is_closed hs_is_closed_won hs_is_closed_lost", "bool"),
        *_calculated("hs_deal_stage_probability", "number"),
    ],
    "line_items": [
        *_texts("name description hs_product_id hs_sku recurringbillingfrequency"),
        *_numbers("quantity price discount"),
        Property("hs_line_item_currency_code", "enumeration", free=True),
        *_calculated("amount", "number"),
    ],
    "tasks": [
        _OWNER,
        *_texts("hs_task_subject"),
        Property("hs_task_body", field_type="html"),
        Property("hs_timestamp", "datetime"),
        _choice("hs_task_status", "NOT_STARTED IN_PROGRESS WAITING COMPLETED DEFERRED"),
        _choice("hs_task_priority", "NONE LOW MEDIUM HIGH"),
        _choice("hs_task_type", "TODO CALL EMAIL LINKED_IN LINKED_IN_CONNECT LINKED_IN_MESSAGE"),
        Property("hs_task_reminders"),
        Property("hs_queue_membership_ids", "enumeration", field_type="checkbox", free=True),
        *_calculated("hs_task_completion_date", "datetime"),
        *_calculated("hs_body_preview", "string"),
    ],
}


def catalogue(type: ObjectType) -> Catalogue:
    """A fresh catalogue; a custom object gets the owner and what every object has."""
    group = f"{type.singular}information"
    stamps = [
        Property(type.created, "datetime", read_only=type.created == "hs_createdate"),
        Property(type.modified, "datetime", read_only=True),
        Property("hs_object_id", "number", read_only=True, unique=True),
        Property("hs_merged_object_ids", "enumeration", read_only=True, free=True),
    ]
    properties = {
        prop.name: Property(
            prop.name,
            prop.type,
            prop.label or prop.name.removeprefix("hs_").replace("_", " ").capitalize(),
            prop.field_type,
            group,
            options=prop.options,
            unique=prop.unique,
            read_only=prop.read_only,
            calculated=prop.calculated,
            free=prop.free,
        )
        for prop in (*_BY_TYPE.get(type.name, (_OWNER,)), *stamps)
    }
    return Catalogue(properties, {group: Group(group, f"{type.singular.capitalize()} information")})
