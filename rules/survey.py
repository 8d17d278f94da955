"""What a CRM looks like to somebody who has never seen it: its deals, what else may tell of losses,
its stages and people. Pure data, read by connectors for `winback init`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rules.model import Owner


class FieldSort(StrEnum):
    PICKLIST = "picklist"
    LOOKUP = "lookup"
    LONG_TEXT = "long text"
    TEXT = "text"  # of one line
    DATE = "date"
    NUMBER = "number"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SurveyedField:
    """`values` of a picklist, of which one or several may be picked, as the API writes them;
    `called` what people read in their place. `leads_to` the record types of a lookup."""

    name: str
    sort: FieldSort
    label: str = ""
    values: tuple[str, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)
    leads_to: tuple[str, ...] = ()

    def reads(self, value: str) -> str:
        """What people read who see the value."""
        return self.called.get(value) or value


@dataclass(frozen=True, slots=True)
class SurveyedType:
    name: str
    fields: tuple[SurveyedField, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """`others` are record types whose names speak of cancelling or subscribing. `stages` are the
    names of the deals' stages that are lost. None: the CRM does not tell."""

    deals: SurveyedType | None = None
    others: tuple[SurveyedType, ...] = ()
    lost_stages: tuple[str, ...] = ()
    people: tuple[Owner, ...] = ()
    timezone: str | None = None


SPEAKS_OF_THE_END = ("cancel", "churn", "terminat", "offboard")
SPEAKS_OF_LOSS = (*SPEAKS_OF_THE_END, "subscri", "membership", "renewal")
"""Parts of a record type's name or label that make it worth a look."""


def is_telling(name: str, label: str = "") -> bool:
    said = f"{name} {label}".lower()
    return any(part in said for part in SPEAKS_OF_LOSS)


def speaks_of_the_end(*said: str) -> bool:
    """Of a field or a value: that somebody left."""
    return any(part in text.lower() for text in said for part in SPEAKS_OF_THE_END)
