"""Whom a task may ask to contact: opt-out beats every rule, unknown is not a yes (row P10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from rules.model import Contact, Permission
from rules.playbook import Ask

CHECK_FIRST = "The CRM does not show whether this person opted out: check consent first."

FOLLOWING_UP = frozenset({Ask.FOLLOW_UP, Ask.INTERVIEW, Ask.APOLOGY, Ask.REMEDY, Ask.THANK_YOU})
"""The owner's own follow-up on the loss, which unknown consent allows."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether a task may be made, why not, and a sentence that the task has to carry."""

    allowed: bool
    because: str = ""
    note: str = ""


def permission_of(contact: Contact, on: date) -> Permission:
    """The contact's permission today: a yes that has run out is unknown again."""
    if contact.opted_out:
        return Permission.NO
    ended = contact.permission_until is not None and contact.permission_until < on
    if contact.permission is Permission.YES and ended:
        return Permission.UNKNOWN
    return contact.permission


def suppressed(contact: Contact) -> str | None:
    """Why nobody may be asked to contact this person, or None."""
    if contact.opted_out:
        return f"{contact.name} has opted out"
    if contact.permission is Permission.NO:
        return f"{contact.name} asked not to be contacted"
    if contact.left:
        return f"{contact.name} no longer works there"
    return None


def nobody_left(contacts: tuple[Contact, ...]) -> bool:
    """Whether the customer has said no: nobody may be contacted, and not only because all left."""
    said_no = any(c.opted_out or c.permission is Permission.NO for c in contacts)
    return said_no and all(suppressed(c) for c in contacts)


def choose_contact(contacts: tuple[Contact, ...], preferred_id: str | None) -> Contact | None:
    """The person to talk to: the one on the lost record, else one with a yes, else the first
    by name; never one who is suppressed."""
    free = [c for c in contacts if suppressed(c) is None]
    free.sort(
        key=lambda c: (c.id != preferred_id, c.permission is not Permission.YES, c.name, c.id)
    )
    return free[0] if free else None


def consent(
    ask: Ask,
    contact: Contact | None,
    *,
    anyone: bool,
    known_on: date,
    today: date,
    window: timedelta,
) -> Consent:
    """Whether a task of this kind may be made. `anyone` says whether the account has contacts
    at all: with contacts of whom none may be contacted, nothing is asked of anyone."""
    if ask is Ask.INTERNAL:
        return Consent(True)
    if contact is None:
        return _nobody(ask, anyone=anyone)
    permission = permission_of(contact, today)
    note = CHECK_FIRST if contact.opted_out is None else ""
    if permission is Permission.NO:
        return Consent(False, f"{contact.name} asked not to be contacted")
    if ask is Ask.ASK_PERMISSION:
        if permission is Permission.YES:
            return Consent(False, f"{contact.name} has given permission already")
        if today - known_on > window:
            return Consent(False, f"more than {window.days} days have passed to ask permission in")
        return Consent(True, note=note)
    if permission is Permission.YES or ask in FOLLOWING_UP:
        return Consent(True, note=note)
    return Consent(False, f"{contact.name} has not said yes to being contacted")


def _nobody(ask: Ask, *, anyone: bool) -> Consent:
    if anyone:
        return Consent(False, "every contact of this account opted out or has left")
    if ask in FOLLOWING_UP:
        return Consent(True, note="The CRM knows no contact at this account.")
    return Consent(False, "the CRM knows no contact at this account")
