"""Asking conditions while one customer is decided, and noting what nobody could answer.

A missing value is no match and never an error; an admin who asked for it wants to be told how
often it was missing ("nps was empty for 312 of 400 customers").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rules.conditions import Condition


class Asked:
    """The values that conditions asked for in vain, in the order of asking."""

    def __init__(self) -> None:
        self._missing: dict[str, None] = {}

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(self._missing)

    def holds(self, when: Condition | None, facts: Mapping[str, Any]) -> bool:
        """Whether a condition holds; none at all always does."""
        if when is None:
            return True
        tested = when.test(facts)
        self._missing |= dict.fromkeys(tested.missing)
        return tested.holds
