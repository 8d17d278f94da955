"""The closed table of what a task's text may name, and how each value prints itself.

Texts come from a CRM and are only ever values here: nothing in them is read as a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from typing import Any

from rules.model import Money

TEXT_LIMIT = 1_500
"""Characters of one CRM text that are shown, so that a long note leaves room for the rest."""

_LINE_ENDS = re.compile(r"\r\n?|[\x85\u2028\u2029\v\f]")
_UNWANTED = re.compile(  # Unicode's categories Cc but for \t and \n, Cs and Co
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff"
    r"\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
)

_HONORIFICS = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "herr", "frau"}
)


class As(StrEnum):
    """What a name stands for; a value that is something else counts as missing."""

    TEXT = "text"
    DAY = "date"
    AMOUNT = "amount"
    NUMBER = "number"
    ANY = "any"  # a CRM field that the rule file names


Table = Mapping[str, As | Mapping[str, As]]

_T = As.TEXT
_PERSON = {"name": _T, "first_name": _T, "email": _T}

NAMES: Table = {
    "contact": {**_PERSON, "phone": _T, "permission": _T},
    "account": {
        "name": _T,
        "domain": _T,
        "country": _T,
        "region": _T,
        "owner": _T,
        "tenure_years": As.NUMBER,
    },
    "owner": _PERSON,
    "assignee": _PERSON,
    "loss": {
        "record": _T,
        "record_name": _T,
        "lost_on": As.DAY,
        "known_on": As.DAY,
        "words": _T,
        "stated_reason": _T,
        "value": As.AMOUNT,
        "link": _T,
    },
    "reason": {"id": _T, "label": _T, "fault": _T, "changeable": _T, "second": _T},
    "recovery": {"playbook": _T, "goal": _T},
    "company": {"name": _T},
    "offer": {"name": _T, "text": _T, "cap": As.AMOUNT, "expires_on": As.DAY},
    "smaller": {"name": _T, "value": As.AMOUNT, "bought_on": As.DAY},
    "bought": {
        "name": _T,
        "on": As.DAY,
        "items": _T,
        "part": _T,
        "part_value": As.AMOUNT,
        "not_known": _T,
    },
    "way_back": {"call": _T, "terms": _T, "quote": _T, "start": _T},
    "competitor": _T,
    "tier": _T,
    "won_value": As.AMOUNT,
    "wins": As.NUMBER,
    "losses": As.NUMBER,
}


def names_with(extra: Iterable[str]) -> dict[str, As | Mapping[str, As]]:
    """The table and more names: `record.Renewal__c` (one field) or `notes` (a value)."""
    table: dict[str, As | Mapping[str, As]] = dict(NAMES)
    for name in extra:
        root, _, attribute = name.partition(".")
        if not attribute:
            table.setdefault(root, As.ANY)
            continue
        group = table.get(root, {})
        if not isinstance(group, As):
            table[root] = {attribute: As.ANY, **group}
    return table


class Missing:
    """A value that the CRM does not have: empty in a text, false in a condition, equal to none."""

    def __str__(self) -> str:
        return ""

    def __bool__(self) -> bool:
        return False

    def __contains__(self, _: object) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Missing)

    def __hash__(self) -> int:
        return hash(None)

    def __lt__(self, _: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__


MISSING = Missing()


class Day(date):
    """A date that prints as `4 March 2026`."""

    def __str__(self) -> str:
        return f"{self.day} {self:%B %Y}"


class Number(Decimal):
    """A number that prints with thousands, without needless decimals: `12,500`, `2.5`."""

    def __str__(self) -> str:
        text = grouped(self)
        return text.rstrip("0") if "." in text else text


class Amount(Decimal):
    """A number that compares as one and prints with its currency: `EUR 12,500`."""

    currency: str | None = None

    def __str__(self) -> str:
        return f"{self.currency} {grouped(self)}" if self.currency else grouped(self)


class Group:
    """The values behind one first name: `contact.name`; prints as its name."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.__dict__.update(values)

    def __bool__(self) -> bool:
        return any(bool(value) for value in self.__dict__.values())

    def __str__(self) -> str:
        return str(self.__dict__.get("name", ""))


def projected(facts: Mapping[str, Any], table: Table) -> dict[str, object]:
    """What a template gets to see of the facts: the table's names only, each one present."""
    seen: dict[str, object] = {}
    for root, wanted in table.items():
        value = facts.get(root)
        if isinstance(wanted, As):
            seen[root] = printable(value, wanted)
        else:
            seen[root] = Group(_members(value, wanted))
    return seen


def _members(source: object, wanted: Mapping[str, As]) -> dict[str, object]:
    members = {name: printable(_member(source, name), kind) for name, kind in wanted.items()}
    if "first_name" in members and not members["first_name"] and members.get("name"):
        members["first_name"] = first_name(str(members["name"]))
    return members


def _member(source: object, name: str) -> object:
    if isinstance(source, Mapping):
        return source.get(name)
    return getattr(source, name, None)


def printable(value: object, kind: As) -> object:
    """The value as the template sees it, or MISSING where it is not of its kind."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or value == "":
        return MISSING
    if kind is As.DAY:
        return _day(value)
    if kind is As.AMOUNT:
        return _amount(value)
    if kind is As.NUMBER:
        return _number(value)
    if kind is As.ANY:
        return _any(value)
    return cleaned(str(value)) if isinstance(value, str | int | float | Decimal) else MISSING


def first_name(name: str) -> str:
    """`Dr. Ann Lee` and `Lee, Ann` are both Ann."""
    given = name.partition(",")[2] or name
    words = given.split()
    plain = [word for word in words if word.rstrip(".").lower() not in _HONORIFICS]
    return (plain or words or [""])[0]


def cleaned(text: str) -> str:
    """CRM text without control characters, unknown halves of characters and excess length."""
    kept = without_controls(text)
    return kept if len(kept) <= TEXT_LIMIT else kept[: TEXT_LIMIT - 1].rstrip() + "…"


def without_controls(text: str) -> str:
    """Text that any CRM takes: no NUL and no other control character, no half of a character."""
    if text.isprintable():  # most names and short notes; nothing unwanted and no line end is
        return text
    return _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))


def grouped(number: Decimal) -> str:
    """`12,500` or `12,500.50`: cents only where there are some."""
    plain = Decimal(number)
    if not plain.is_finite():
        return ""
    return f"{plain:,.0f}" if plain == plain.to_integral_value() else f"{plain:,.2f}"


def _day(value: object) -> object:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return MISSING
    if isinstance(value, date):  # a datetime is one, too
        return Day(value.year, value.month, value.day)
    return MISSING


def _amount(value: object) -> object:
    currency = value.currency if isinstance(value, Money) else None
    number = _decimal(value.amount if isinstance(value, Money) else value)
    if number is None:
        return MISSING
    amount = Amount(number)
    amount.currency = currency
    return amount


def _number(value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        return Number(len(value))
    number = _decimal(value)
    return MISSING if number is None else Number(number)


def _any(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Money):
        return _amount(value)
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, list | tuple):
        return cleaned(", ".join(str(each) for each in value))
    return cleaned(value) if isinstance(value, str) else MISSING


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 15 else None
