"""Which records and fields the rule file is interested in: what connectors are asked to read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from connectors.stream import Stream
from rules.conditions import Condition
from rules.model import Kind
from rules.people import AssignTo
from rules.ruleset import RuleSet
from rules.watching import ContractSource, Watch

TypeName = Callable[[str], str]
"""The CRM's own spelling of a record type: `deal` is `deals` in HubSpot."""


def with_type_names(rules: RuleSet, crm: str, type_name: TypeName) -> RuleSet:
    """The rules with one CRM's record types spelt as its records carry them."""
    return replace(
        rules,
        watches=tuple(
            replace(w, record=type_name(w.record)) if w.crm == crm else w for w in rules.watches
        ),
        contracts=tuple(
            replace(c, record=type_name(c.record)) if c.crm == crm else c for c in rules.contracts
        ),
    )


def streams(
    rules: RuleSet, crm: str, account_type: str, customer_id: str | None = None
) -> list[Stream]:
    """The record types that one CRM's watches, contracts and conditions name."""
    found = [_watched(w, rules) for w in rules.watches if w.crm == crm]
    found += [_contract(c) for c in rules.contracts if c.crm == crm]
    fields = tuple(sorted(_account_fields(rules) | ({customer_id} if customer_id else set())))
    if fields:
        found.append(Stream(account_type, Kind.ACCOUNT, fields))
    return found


def _watched(watch: Watch, rules: RuleSet) -> Stream:
    named = (watch.known_on, watch.lost_on, watch.reason, watch.words, watch.value)
    fields = {name for name in named if name}
    if watch.lost_when is not None:
        fields |= set(watch.lost_when.fields)
    fields |= _namespace(rules, "loss.") | _assigned_fields(rules)
    return Stream(
        type=watch.record,
        kind=Kind.RECORD,
        fields=tuple(sorted(fields)),
        account_field=watch.account,
        contact_field=watch.contact,
    )


def _contract(source: ContractSource) -> Stream:
    fields = set(source.running_when.fields) if source.running_when else set()
    return Stream(
        type=source.record,
        kind=Kind.CONTRACT,
        fields=tuple(sorted(fields)),
        account_field=source.account,
        starts_on_field=source.starts_on,
        ends_on_field=source.ends_on,
        value_field=source.value,
    )


def _account_fields(rules: RuleSet) -> set[str]:
    return _namespace(rules, "account.") | _assigned_fields(rules)


def _assigned_fields(rules: RuleSet) -> set[str]:
    """User fields that tasks are assigned by; they may stand on the account or on the record."""
    steps = [task.assign for playbook in rules.playbooks for task in playbook.tasks]
    steps += [cadence.assign for cadence in rules.cadences]
    steps += [offer.approval for offer in rules.offers if offer.approval]
    steps += [rules.interview.assign] if rules.interview.assign else []
    steps += rules.interview.by_tier.values()
    every = [one for assign in steps for one in assign.chain]
    return {assign.name for assign in every if assign.to is AssignTo.FIELD}


def _namespace(rules: RuleSet, prefix: str) -> set[str]:
    return {
        name.removeprefix(prefix)
        for condition in _conditions(rules)
        for name in condition.fields
        if name.startswith(prefix)
    }


def _conditions(rules: RuleSet) -> Iterable[Condition]:
    yield rules.lost_when
    optional = [tier.when for tier in rules.tiers]
    optional += [playbook.when for playbook in rules.playbooks]
    optional += [cadence.when for cadence in rules.cadences]
    yield from (when for when in optional if when is not None)
    yield from (suppression.when for suppression in rules.suppressions)
