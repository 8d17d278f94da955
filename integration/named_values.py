"""The picklist values, people, roles and queues that a rule file names, held against what a CRM
has. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.examination import Area, Examination, Finding, Question
from integration.examined import folded, people, queues, roles
from integration.people_named import named_people, named_queues
from integration.shipped import shipped_reasons
from rules.ruleset import RuleSet
from rules.suggest import did_you_mean

STAGES = {"stage": "StageName"}
"""Our word for a field whose values are a picklist in Salesforce; HubSpot has pipelines."""


def question(rules: RuleSet, crm: str) -> Question:
    """What to ask the CRM: the picklists behind every text that a condition on its records
    compares with, those that reasons are picked from, the people and the queues."""
    compared = ((type, field) for type, field, _ in _compared(rules, crm))
    picklists = dict.fromkeys((*compared, *reason_picklists(rules, crm)))
    everyone = tuple(one.email for one in named_people(rules))
    queues = tuple(one.name for one in named_queues(rules))
    return Question(picklists=tuple(picklists), people=everyone, queues=queues)


def named_values(
    rules: RuleSet, crm: str, told: Examination, others: Sequence[Examination] = ()
) -> Iterator[Finding]:
    """One finding for each value, person, role or queue that the CRM does not have; nothing where
    all is well. A field that is no picklist takes any text. `others` are what the other CRMs of
    the file told: a queue of theirs is meant for their tasks."""
    for type, field, value in _compared(rules, crm):
        offered = told.picklists.get((type, field))
        if offered is not None and folded(value) not in {folded(one) for one in offered}:
            near = did_you_mean(value, offered)
            sentence = f'has no value "{value}"' + (f"; {near}" if near else "")
            yield Finding(f"{type}.{field}", False, sentence, Area.PICKLISTS)
    everyone = [person for other in others for person in other.people or ()]
    elsewhere = frozenset(one.email.lower() for one in everyone if one.active)
    for finding in people(told, named_people(rules), elsewhere):
        if not finding.ok and "@" in finding.what:  # accounts left behind are the doctor's
            yield finding
    shown = [queue for other in others for queue in other.queues or ()]
    yield from (one for one in roles(told, rules.roles) if not one.ok)
    unseen = told.queues is None  # which is worth saying, though nothing is known to be wrong
    yield from (one for one in queues(told, named_queues(rules), shown) if unseen or not one.ok)


def reason_picklists(rules: RuleSet, crm: str) -> tuple[tuple[str, str], ...]:
    """(type, field) of every field that this CRM's watches take a reason from."""
    found = {(w.record, w.reason) for w in rules.watches if w.crm == crm and w.reason}
    return tuple(sorted((record, reason) for record, reason in found if reason))


def reason_values(rules: RuleSet) -> tuple[str, ...]:
    """The picklist values that the admin wrote to the categories. Those that come with the
    product are offered, not asked for."""
    shipped = {reason.id: set(reason.values) for reason in shipped_reasons()}
    wanted = (
        value
        for reason in rules.reasons
        for value in reason.values
        if value not in shipped.get(reason.id, set())
    )
    return tuple(dict.fromkeys(wanted))


def _compared(rules: RuleSet, crm: str) -> Iterator[tuple[str, str, str]]:
    """(type, field, value)"""
    conditions = [(w.record, w.lost_when) for w in rules.watches if w.crm == crm]
    conditions += [(c.record, c.running_when) for c in rules.contracts if c.crm == crm]
    for record, condition in conditions:
        for name, value in condition.compared() if condition else ():
            yield record, STAGES.get(name, name), value
