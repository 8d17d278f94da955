"""Whether a contract runs, where the rule file says how to tell (`running_when`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rules.case import Case
from rules.losses import record_facts
from rules.model import Contract
from rules.ruleset import RuleSet


def with_running(case: Case, rules: RuleSet, today: date) -> Case:
    """The case with each contract's `running` as its source's condition has it."""
    sources = {
        source.record: source.running_when
        for source in rules.contracts
        if source.crm == case.crm and source.running_when is not None
    }
    if not sources:
        return case
    told: dict[str, bool] = {}
    for record in case.records:
        condition = sources.get(record.ref.type)
        if condition is not None and isinstance(record.entity, Contract):
            told[record.entity.id] = condition.test(record_facts(record, today)).holds
    contracts = tuple(
        replace(c, running=told[c.id]) if c.id in told else c for c in case.contracts
    )
    return replace(case, contracts=contracts)
