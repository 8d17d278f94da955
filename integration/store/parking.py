"""Why something could not be written, for a person who sets it right."""

from __future__ import annotations

from enum import StrEnum


class Parked(StrEnum):
    """`docs/runbook.md` says what to do about each."""

    REFUSED = "refused"  # the CRM will not have it: a validation rule, a value, an owner
    CONFIG = "config"  # a field, a permission or a person is missing
    EXHAUSTED = "exhausted"  # tried as often as the rule file says
    INTERNAL = "internal"  # an answer that nobody foresaw, or a fault of ours
