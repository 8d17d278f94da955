"""The rules by which the home CRM decides: its own, and the other CRMs' watches on their records.

Pure. `elsewhere` says how records of another CRM are named in a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from integration.store.elsewhere import qualified_type
from rules.ruleset import RuleSet


def joined(home: str, rules: Mapping[str, RuleSet]) -> RuleSet:
    """`rules` are those of every CRM, each with its record types spelt its own way."""
    own = rules[home]
    watches = [w for w in own.watches if w.crm == home]
    contracts = [c for c in own.contracts if c.crm == home]
    for name, other in rules.items():
        if name == home:
            continue
        watches += [
            replace(w, crm=home, record=qualified_type(w.record, name))
            for w in other.watches
            if w.crm == name
        ]
        contracts += [
            replace(c, crm=home, record=qualified_type(c.record, name))
            for c in other.contracts
            if c.crm == name
        ]
    return replace(own, watches=tuple(watches), contracts=tuple(contracts))
