"""How a case names records of another CRM than its own: `deals@hub`, the id as it is.

A customer who is in two CRMs is decided by one of them, the home CRM. With the CRM in the
record's type, rules tell the records apart and need to know nothing of two CRMs.
"""

from __future__ import annotations

from dataclasses import replace

from rules.model import Ref

_AT = "@"  # in no name of a CRM and in no record type


def qualified(ref: Ref, crm: str, own: str) -> Ref:
    """The reference as a case of the CRM `own` has it."""
    return ref if crm == own else replace(ref, type=qualified_type(ref.type, crm))


def qualified_type(type: str, crm: str) -> str:
    return f"{type}{_AT}{crm}"


def origin(ref: Ref, own: str) -> tuple[str, Ref]:
    """The CRM that a case's record is in, and its reference there."""
    type, _, crm = ref.type.partition(_AT)
    return (crm, replace(ref, type=type)) if crm else (own, ref)


def is_elsewhere(ref: Ref) -> bool:
    return _AT in ref.type
