"""What a write's properties become before they are kept, and what HubSpot derives from them.

Pure: a catalogue, owners and pipelines in, kept texts or a refusal that names every fault out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.sandbox.hubspot.index import Properties
from connectors.sandbox.hubspot.pipelines import Pipelines
from connectors.sandbox.hubspot.properties import Catalogue, Property
from connectors.sandbox.hubspot.refusals import Detail, Refusal, invalid
from connectors.sandbox.hubspot.values import TEXT_OF, iso

LONGEST_TEXT = 65_536  # documented for notes; for other texts not confirmed
_TAG = re.compile(r"<[^>]*>")
_CODES = {
    "number": "INVALID_NUMBER",
    "date": "INVALID_DATE",
    "datetime": "INVALID_DATE",
    "bool": "INVALID_BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks the properties of writes to one object type.

    `owner_ids` are those that a record may be given to. `person` may write what is read-only to
    a caller of the API: tests and data files set the stamps of the past.
    """

    catalogue: Catalogue
    owner_ids: Container[str]
    pipelines: Pipelines

    def kept(self, properties: Any, person: bool = False) -> dict[str, str]:
        """Texts to keep by name, "" for a value to clear. Raises Refusal (400) with all faults."""
        if not isinstance(properties, Mapping):
            raise invalid("Invalid input JSON: properties has to be an object")
        kept: dict[str, str] = {}
        faults: list[Detail] = []
        for name, value in properties.items():
            try:
                kept[name] = self._kept(name, value, person)
            except _BadValue as bad:
                faults.append(Detail(bad.code, bad.message, {"propertyName": [name]}))
        if faults:
            raise Refusal(400, _not_valid(faults), "VALIDATION_ERROR", faults)
        return kept

    def _kept(self, name: str, value: Any, person: bool) -> str:
        prop = self.catalogue.properties.get(name)
        if prop is None:
            raise _BadValue("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if prop.read_only and not person:
            raise _BadValue("READ_ONLY_VALUE", f'"{name}" is a read only property')
        if isinstance(value, dict | list):
            raise _BadValue("INVALID_TYPE", f'"{name}" was given a list or an object')
        text = "" if value is None else str(value)
        if isinstance(value, bool):
            text = text.lower()
        if not text:
            return ""
        if len(text) > LONGEST_TEXT:
            raise _BadValue("VALUE_TOO_LONG", f'"{name}" has more than {LONGEST_TEXT} characters')
        self._check_choice(prop, text)
        try:
            return TEXT_OF.get(prop.type, str)(text)
        except ValueError as error:
            message = f"{text} was not a valid {prop.type}"
            raise _BadValue(_CODES[prop.type], message) from error

    def _check_choice(self, property: Property, text: str) -> None:
        if property.name == "hubspot_owner_id" and text not in self.owner_ids:
            raise _BadValue("INVALID_OWNER_ID", f"Owner {text} does not exist")
        if property.name == "pipeline" and text not in self.pipelines.by_id:
            raise _no_option(text, list(self.pipelines.by_id))
        if property.name == "dealstage" and self.pipelines.of_stage(text) is None:
            raise _no_option(text, [s for p in self.pipelines.by_id.values() for s in p.stages])
        if property.type == "enumeration" and not property.free:
            values = [option.value for option in property.options]
            for chosen in text.split(";") if property.many else [text]:
                if chosen not in values:
                    raise _no_option(text, values)


class _BadValue(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def _no_option(text: str, values: list[str]) -> _BadValue:
    message = f"{text} was not one of the allowed options: [{', '.join(values)}]"
    return _BadValue("INVALID_OPTION", message)


def _not_valid(faults: list[Detail]) -> str:
    rows = [
        {
            "isValid": False,
            "message": fault.message,
            "error": fault.code,
            "name": fault.context["propertyName"][0],
            "localizedErrorMessage": fault.message,
        }
        for fault in faults
    ]
    return f"Property values were not valid: {json.dumps(rows)}"


def joined(old: Properties, changes: Properties) -> dict[str, str]:
    """The properties after a change; a cleared one has no value any more."""
    new = {**old, **changes}
    return {name: text for name, text in new.items() if text}


def derive_deal(
    properties: dict[str, str], given: Properties, pipelines: Pipelines, now: datetime
) -> None:
    """What a deal's stage means, and its pipeline where only the stage was given."""
    if "dealstage" in given and "pipeline" not in given:
        current = pipelines.by_id.get(properties.get("pipeline", "default"))
        if current is None or properties.get("dealstage") not in current.stages:
            found = pipelines.of_stage(properties.get("dealstage", ""))
            if found is not None:
                properties["pipeline"] = found.id
    pipeline = pipelines.by_id.get(properties.get("pipeline", "default"))
    stage = pipeline.stages.get(properties.get("dealstage", "")) if pipeline else None
    if "dealstage" in properties and stage is None:
        message = f"Stage {properties['dealstage']} is not in pipeline {properties.get('pipeline')}"
        raise invalid(message, Detail("INVALID_OPTION", message, {"propertyName": ["dealstage"]}))
    if stage is not None:
        properties.setdefault("pipeline", "default")
        properties["hs_deal_stage_probability"] = stage.probability
        if stage.closed:
            properties.setdefault("closedate", iso(now))
    properties["hs_is_closed"] = str(stage is not None and stage.closed).lower()
    properties["hs_is_closed_won"] = str(stage is not None and stage.won).lower()
    properties["hs_is_closed_lost"] = str(stage is not None and stage.lost).lower()


def derive_amount(properties: dict[str, str], given: Properties, home_currency: str) -> None:
    """Only the home currency is converted: the sandbox knows no rates."""
    if "amount_in_home_currency" in given:
        return
    properties.pop("amount_in_home_currency", None)
    currency = properties.get("deal_currency_code") or home_currency
    if currency == home_currency and properties.get("amount"):
        properties["amount_in_home_currency"] = properties["amount"]


def derive_line(properties: dict[str, str]) -> None:
    """What a line comes to: pieces at their price, less the discount on each piece."""
    properties.pop("amount", None)
    if properties.get("price"):
        piece = Decimal(properties["price"]) - Decimal(properties.get("discount") or 0)
        properties["amount"] = str(piece * Decimal(properties.get("quantity") or 1))


def derive_task(properties: dict[str, str], given: Properties, now: datetime) -> None:
    """A task's defaults, its completion and the preview of its body."""
    properties.setdefault("hs_task_status", "NOT_STARTED")
    properties.setdefault("hs_task_type", "TODO")
    if properties["hs_task_status"] != "COMPLETED":
        properties.pop("hs_task_completion_date", None)
    elif not given.get("hs_task_completion_date"):
        properties.setdefault("hs_task_completion_date", iso(now))
    if "hs_task_body" in given:
        preview = _TAG.sub(" ", properties.get("hs_task_body", ""))
        properties["hs_body_preview"] = " ".join(preview.split())[:512]
