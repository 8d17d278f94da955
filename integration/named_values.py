"""The picklist values and people that a rule file names, held against what a CRM has. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import Area, Examination, Finding, Question
from integration.examined import folded, people
from integration.people_named import named_people
from rules.ruleset import RuleSet
from rules.suggest import did_you_mean

STAGES = {"stage": "StageName"}
"""Our word for a field whose values are a picklist in Salesforce; HubSpot has pipelines."""


def question(rules: RuleSet, crm: str) -> Question:
    """What to ask the CRM: the picklists behind every text that a condition on its records
    compares with, and the people."""
    picklists = dict.fromkeys((type, field) for type, field, _ in _compared(rules, crm))
    everyone = tuple(one.email for one in named_people(rules))
    return Question(picklists=tuple(picklists), people=everyone)


def named_values(rules: RuleSet, crm: str, told: Examination) -> Iterator[Finding]:
    """One finding for each value or person that the CRM does not have; nothing where all is
    well. A field that is no picklist takes any text."""
    for type, field, value in _compared(rules, crm):
        offered = told.picklists.get((type, field))
        if offered is not None and folded(value) not in {folded(one) for one in offered}:
            near = did_you_mean(value, offered)
            sentence = f'has no value "{value}"' + (f"; {near}" if near else "")
            yield Finding(f"{type}.{field}", False, sentence, Area.PICKLISTS)
    for finding in people(told, named_people(rules), frozenset()):
        if not finding.ok and "@" in finding.what:  # accounts left behind are the doctor's
            yield finding


def _compared(rules: RuleSet, crm: str) -> Iterator[tuple[str, str, str]]:
    """(type, field, value)"""
    conditions = [(w.record, w.lost_when) for w in rules.watches if w.crm == crm]
    conditions += [(c.record, c.running_when) for c in rules.contracts if c.crm == crm]
    for record, condition in conditions:
        for name, value in condition.compared() if condition else ():
            yield record, STAGES.get(name, name), value
