"""What is read from a CRM: one type of record, and which of its fields."""

from __future__ import annotations

from dataclasses import dataclass

from rules.model import Kind


@dataclass(frozen=True, slots=True)
class Stream:
    """One record type to watch, and which of its fields to read.

    `fields` are those that the rule file names, beyond what the kind needs by itself; a field
    that the CRM does not have or show is left out and told by `Connector.check`, never fatal.
    The `*_field` names say where a watched type keeps its account and so on; None means the
    CRM's usual place (`AccountId`, the association to companies ...).
    """

    type: str
    kind: Kind
    fields: tuple[str, ...] = ()
    account_field: str | None = None
    contact_field: str | None = None
    starts_on_field: str | None = None  # contracts
    ends_on_field: str | None = None  # contracts
    value_field: str | None = None  # contracts
