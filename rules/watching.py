"""How a customer is lost: which records say so, and which say that something still runs."""

from __future__ import annotations

from dataclasses import dataclass

from rules.conditions import Condition
from rules.model import Verdict

DEFAULT_LOST_WHEN = (
    "not has_running_contract and not has_live_opportunity"
    " and (wins == 0 or"
    " (days_since_win > 120 days and days_since_win > 1.5 * usual_gap_in_days))"
)
"""Row W6: no running contract, no deal being worked, and no win within the longer of 120 days
and one and a half times the account's usual gap. Only asked of accounts that ever bought, so
that `wins == 0` means one whose subscription, without dates, was all they had."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One way to lose: a record type and when one of its records says so.

    `lost_when` None means that the record's existence is the loss (a cancellation record).
    `reason`, `words`, `value`, `contact`, `account`, `known_on`, `lost_on` name the record's
    own fields; None takes the CRM's usual one where there is one.
    """

    name: str
    crm: str
    record: str
    lost_when: Condition | None = None
    verdict: Verdict | None = None
    means: str | None = None  # "renewal": a lost renewal decides alone
    account: str | None = None
    known_on: str | None = None
    lost_on: str | None = None
    reason: str | None = None
    words: str | None = None
    value: str | None = None
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class ContractSource:
    """A record type that runs, beyond the CRM's own contracts: `[[contract]]`."""

    crm: str
    record: str
    running_when: Condition | None = None
    account: str | None = None
    starts_on: str | None = None
    ends_on: str | None = None
    value: str | None = None
