"""The closed tables of names that a condition may use, and what sort of value each holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from rules.model import Changeable, Fault, Permission, Provenance, Verdict


class Sort(StrEnum):
    """What a name holds, in the words of a fault's sentence."""

    TEXT = "text"
    NUMBER = "a number"
    DAYS = "a number of days"
    FLAG = "true or false"
    DATE = "a date"
    ANY = "whatever the CRM says"


@dataclass(frozen=True, slots=True)
class Symbols:
    """Names and their sorts. `choices` closes the values of a text: `tier == 'kee'` is a fault.

    `namespaces` are heads such as `account` in `account.Industry`, followed by the CRM's own
    field names. An `open_names` table takes any other name as a field of the CRM record; with
    `guard_typos` a name that looks like a misspelt one of ours is still refused.
    """

    sorts: Mapping[str, Sort]
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()
    open_names: bool = False
    guard_typos: bool = False

    def sort_of(self, name: str) -> Sort | None:
        """None for a name that means nothing here."""
        if name in self.sorts:
            return self.sorts[name]
        head, _, rest = name.partition(".")
        if rest and (head in self.namespaces or self.open_names):
            return Sort.ANY
        return Sort.ANY if self.open_names else None

    def without(self, *names: str) -> Symbols:
        return replace(self, sorts={n: s for n, s in self.sorts.items() if n not in names})


def _values(*kinds: type[StrEnum]) -> tuple[str, ...]:
    return tuple(member.value for kind in kinds for member in kind)


_DECISION_SORTS: dict[str, Sort] = {
    **dict.fromkeys(
        (
            "verdict",
            "category",
            "second_category",
            "provenance",
            "fault",
            "changeable",
            "competitor",
            "stated_reason",
            "words",
            "tier",
            "permission",
            "country",
            "region",
            "account_name",
            "account_type",
            "domain",
            "crm",
            "watch",
            "record",
            "would_return",
        ),
        Sort.TEXT,
    ),
    **dict.fromkeys(
        (
            "won_value",
            "contract_value",
            "loss_value",
            "wins",
            "losses",
            "open_opportunities",
            "contacts",
            "budget_month",
            "month",
        ),
        Sort.NUMBER,
    ),
    **dict.fromkeys(
        (
            "days_since_win",
            "usual_gap_in_days",
            "days_since_loss",
            "days_since_known",
            "days_until_contract_end",
            "days_until_their_contract_end",
            "tenure_in_days",
        ),
        Sort.DAYS,
    ),
    **dict.fromkeys(
        (
            "has_running_contract",
            "has_live_opportunity",
            "has_contact",
            "has_words",
            "repeat",
            "owner_active",
            "returned",
            "renewal",
        ),
        Sort.FLAG,
    ),
    "today": Sort.DATE,
}

_DECISION_CHOICES: dict[str, tuple[str, ...]] = {
    "verdict": _values(Verdict),
    "provenance": _values(Provenance),
    "fault": _values(Fault),
    "changeable": _values(Changeable),
    "permission": _values(Permission),
    "would_return": ("yes", "no", "perhaps"),
}

DECISION_SYMBOLS = Symbols(
    sorts=_DECISION_SORTS,
    choices=_DECISION_CHOICES,
    namespaces=frozenset({"account", "loss"}),
)
"""For tiers, playbooks, cadences, suppressions and `[lost_customer]`."""

RECORD_SYMBOLS = Symbols(
    sorts={
        "closed": Sort.FLAG,
        "won": Sort.FLAG,
        "lost": Sort.FLAG,
        "stage": Sort.TEXT,
        "amount": Sort.NUMBER,
        "created_on": Sort.DATE,
        "closed_on": Sort.DATE,
        "starts_on": Sort.DATE,
        "ends_on": Sort.DATE,
        "modified_on": Sort.DATE,
        "owner_id": Sort.TEXT,
        "today": Sort.DATE,
        "days_open": Sort.DAYS,
    },
    open_names=True,
)
"""For `lost_when` and `running_when`: our words for one record, and any field the CRM has."""


def decision_symbols(
    *,
    categories: Sequence[str] = (),
    tiers: Sequence[str] = (),
    watches: Sequence[str] = (),
    crms: Sequence[str] = (),
) -> Symbols:
    """`DECISION_SYMBOLS`, closed over what one rule file defines; an empty list closes nothing."""
    defined = {
        "category": tuple(categories),
        "second_category": tuple(categories),
        "tier": tuple(tiers),
        "watch": tuple(watches),
        "crm": tuple(crms),
    }
    choices = {**_DECISION_CHOICES, **{name: ids for name, ids in defined.items() if ids}}
    return replace(DECISION_SYMBOLS, choices=choices)


def record_symbols(kind: str) -> Symbols:
    """`RECORD_SYMBOLS` for one kind of CRM.

    Salesforce API names begin with a capital or end in `__c`, so a small-letter name close to
    one of ours is a typing error there. HubSpot's own names are all small letters.
    """
    return replace(RECORD_SYMBOLS, guard_typos=kind == "salesforce")
