"""What runs at a customer's, beyond what the CRM's own contracts say.

A `[[contract]]` table says when its records run (`running_when`). A subscription that is only
watched says it too: what is not lost runs, and what is lost ran until then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rules.case import Case
from rules.losses import is_record_lost, lost_day, record_facts
from rules.model import Contract, Snapshot
from rules.ruleset import Company, RuleSet
from rules.watching import Watch

RUNS = ("subscription", "contract")
"""Words in a record type's name by which a watched type counts as something that runs."""

SALESFORCE_CONTRACT = "Contract"


def with_running(case: Case, rules: RuleSet, today: date) -> Case:
    """The case with everything that runs or ran among its contracts."""
    told = _told_by_sources(case, rules, today)
    watched = _told_by_watches(case, rules, today)
    if not told and not watched:
        return case
    contracts = [
        replace(c, running=told[c.id]) if c.id in told else c
        for c in case.contracts
        if c.id not in watched
    ]
    return replace(case, contracts=(*contracts, *watched.values()))


def _told_by_sources(case: Case, rules: RuleSet, today: date) -> dict[str, bool]:
    sources = {
        source.record: source.running_when
        for source in rules.contracts
        if source.crm == case.crm and source.running_when is not None
    }
    told: dict[str, bool] = {}
    for record in case.records:
        condition = sources.get(record.ref.type)
        if condition is not None and isinstance(record.entity, Contract):
            told[record.entity.id] = condition.test(record_facts(record, today)).holds
    return told


def _told_by_watches(case: Case, rules: RuleSet, today: date) -> dict[str, Contract]:
    named = {source.record for source in rules.contracts if source.crm == case.crm}
    watches = {
        watch.record: watch
        for watch in rules.watches
        if watch.crm == case.crm and watch.lost_when is not None and watch.record not in named
    }
    return {
        record.ref.id: _as_contract(record, watches[record.ref.type], rules.company, today)
        for record in case.records
        if record.ref.type in watches and _runs(record) and not record.deleted
    }


def _runs(record: Snapshot) -> bool:
    name = record.ref.type
    return name != SALESFORCE_CONTRACT and any(word in name.lower() for word in RUNS)


def _as_contract(record: Snapshot, watch: Watch, company: Company, today: date) -> Contract:
    known = record.entity if isinstance(record.entity, Contract) else Contract(record.ref.id)
    if not is_record_lost(watch, record, today):
        return replace(known, account_id=record.account_id, running=True)
    ends_on = known.ends_on or lost_day(watch, record, company, today)
    return replace(known, account_id=record.account_id, running=None, ends_on=ends_on)
