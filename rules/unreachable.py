"""What a rule file may say and hardly anybody means: rules that nothing ever reaches. They refuse
nothing; an admin wants to hear of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rules.calendar import add_span
from rules.conditions import Condition
from rules.fault import Fault
from rules.given import USUAL_DAY
from rules.model import Verdict
from rules.people import AssignTo
from rules.playbook import Playbook
from rules.ruleset import RuleSet

UNKNOWN = "unknown"
HUBSPOT = "hubspot"


def unreachable(
    rules: RuleSet, kinds: Mapping[str, str], broken: frozenset[str] = frozenset()
) -> list[Fault]:
    """`kinds` are the CRMs' kinds by name; `broken` are sections of which the rules lack something
    that the file has: what follows from the whole of them is not told."""
    looks = (
        (_watches(rules), {"watch"}),
        (_tiers(rules), {"tier"}),
        (_playbooks(rules), {"playbook"}),
        (_unsaid(rules), {"reason"}),
        (_unused(rules), {"reason", "playbook", "cadence", "suppression"}),
        (_phrases(rules), {"reason"}),
        (_cadences(rules), set[str]()),
        (_nobody(rules, kinds), {"person"}),
    )
    return [fault for found, of in looks if broken.isdisjoint(of) for fault in found]


def _watches(rules: RuleSet) -> Iterator[Fault]:
    for index, watch in enumerate(rules.watches):
        for before in rules.watches[:index]:
            same = (before.crm, before.record) == (watch.crm, watch.record)
            if same and _covers(before.lost_when, watch.lost_when):
                yield Fault(
                    ("watch", index, "name"),
                    f'"{watch.name}" never finds anything: "{before.name}" finds it first',
                    "move it up, or make the other one say more",
                )
                break


def _tiers(rules: RuleSet) -> Iterator[Fault]:
    for index, tier in enumerate(rules.tiers):
        before = next((t for t in rules.tiers[:index] if _covers(t.when, tier.when)), None)
        if before is not None:
            yield Fault(
                ("tier", index, "name"),
                f'nobody is ever in "{tier.name}": "{before.name}" takes them first',
                "move it up, or make the other one say more",
            )


def _playbooks(rules: RuleSet) -> Iterator[Fault]:
    for index, playbook in enumerate(rules.playbooks):
        takers = _taken_by(playbook, rules.playbooks[:index])
        if takers:
            yield Fault(
                ("playbook", index, "name"),
                f'"{playbook.name}" is never taken: {_quoted(takers)} {_comes(takers)} before it',
                "move it up, or make the other one say more",
            )


def _taken_by(playbook: Playbook, earlier: Sequence[Playbook]) -> list[str]:
    """The playbooks that together leave nothing to this one; empty where something is left."""
    takers: list[str] = []
    for verdict in playbook.verdicts:
        one = next(
            (p for p in earlier if verdict in p.verdicts and _covers(p.when, playbook.when)), None
        )
        if one is None:
            return []
        takers.append(one.name)
    return list(dict.fromkeys(takers))


def _covers(first: Condition | None, second: Condition | None) -> bool:
    """Whether the first holds wherever the second does, as far as can be seen at a glance."""
    return first is None or (second is not None and first.text == second.text)


def _unsaid(rules: RuleSet) -> Iterator[Fault]:
    for index, reason in enumerate(rules.reasons):
        if reason.id != UNKNOWN and not reason.values and not reason.phrases:
            yield Fault(
                ("reason", index, "id"),
                f'nothing ever says "{reason.id}": it has no values and no phrases',
                "add the CRM's own values, or words that people use",
            )


def _unused(rules: RuleSet) -> Iterator[Fault]:
    said = " ".join(c.text for c in _conditions(rules))
    for index, reason in enumerate(rules.reasons):
        if reason.id == UNKNOWN:
            continue
        used = any(
            Verdict.CUSTOMER in playbook.verdicts
            and (
                playbook.when is None
                or playbook.when.can_hold({"category": reason.id, "verdict": "customer"})
            )
            for playbook in rules.playbooks
        )
        if rules.playbooks and not used and reason.id not in said:
            yield Fault(
                ("reason", index, "id"),
                f'no playbook is for "{reason.id}": a customer lost for it gets no task',
                "add one, or a last playbook without `when`",
            )


def _conditions(rules: RuleSet) -> Iterator[Condition]:
    yield from (playbook.when for playbook in rules.playbooks if playbook.when is not None)
    yield from (cadence.when for cadence in rules.cadences if cadence.when is not None)
    yield from (suppression.when for suppression in rules.suppressions)


def _phrases(rules: RuleSet) -> Iterator[Fault]:
    """Of a phrase in two categories the later never hears."""
    first: dict[str, str] = {}
    for index, reason in enumerate(rules.reasons):
        for phrase in reason.phrases:
            taken = first.setdefault(" ".join(phrase.lower().split()), reason.id)
            if taken != reason.id:
                yield Fault(
                    ("reason", index, "phrases"),
                    f'"{phrase}" already means "{taken}"',
                    "leave it in one of the two",
                )


def _cadences(rules: RuleSet) -> Iterator[Fault]:
    for index, cadence in enumerate(rules.cadences):
        if cadence.when is not None and not cadence.when.can_hold({"permission": "yes"}):
            yield Fault(
                ("cadence", index, "when"),
                f'"{cadence.name}" never starts: it needs a recorded yes, and this excludes it',
                "leave permission out; it is asked anyway",
            )
        elif cadence.until and add_span(USUAL_DAY, cadence.until) < add_span(
            USUAL_DAY, cadence.every
        ):
            yield Fault(
                ("cadence", index, "until"),
                f'"{cadence.name}" never starts: it ends before its first touch',
                f"{cadence.every} at least",
            )


def _nobody(rules: RuleSet, kinds: Mapping[str, str]) -> Iterator[Fault]:
    """Beside another CRM; in HubSpot alone it is a fault."""
    managers = any(person.manager for person in rules.people)
    if managers or HUBSPOT not in kinds.values() or set(kinds.values()) == {HUBSPOT}:
        return
    for index, playbook in enumerate(rules.playbooks):
        for number, task in enumerate(playbook.tasks):
            if task.assign.to is AssignTo.MANAGER:
                yield Fault(
                    ("playbook", index, "task", number, "assign"),
                    f'nobody can get "{task.key}" for customers in HubSpot: it knows no managers',
                    "add [[person]] with email and manager",
                )


def _quoted(names: Sequence[str]) -> str:
    return " and ".join(f'"{name}"' for name in names)


def _comes(names: Sequence[str]) -> str:
    return "comes" if len(names) == 1 else "come"
