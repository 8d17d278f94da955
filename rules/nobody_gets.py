"""What a rule file gives to somebody who is not there, as far as the file alone can tell. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.fault import Fault, Path
from rules.people import Assign, AssignTo
from rules.playbook import Unanswered
from rules.ruleset import RuleSet

HUBSPOT = "hubspot"
_NO_MANAGERS = "it knows no managers"
_NAME_THEM = "add [[person]] with email and manager"


def nobody_gets(rules: RuleSet, kinds: Mapping[str, str]) -> Iterator[Fault]:
    """`kinds` are the CRMs' kinds by name."""
    yield from _themselves(rules)
    if HUBSPOT in kinds.values() and not any(person.manager for person in rules.people):
        yield from _escalated(rules)
        if set(kinds.values()) != {HUBSPOT}:  # in HubSpot alone it is a fault
            yield from _for_managers(rules)


def _themselves(rules: RuleSet) -> Iterator[Fault]:
    """Who is above themselves, or takes over from themselves, as routing counts for nobody."""
    for index, person in enumerate(rules.people):
        if _same(person.email, person.manager):
            yield Fault(
                ("person", index, "manager"),
                f"{person.email} is their own manager, which counts as none: what their manager"
                " should get goes to somebody else or to nobody",
                "name who is above them, or leave it out",
            )
        if _same(person.email, person.stand_in):
            yield Fault(
                ("person", index, "stand_in"),
                f"{person.email} stands in for themselves: nobody takes over while they are away",
                "name somebody else, or leave it out",
            )


def _same(email: str, other: str | None) -> bool:
    return other is not None and other.strip().lower() == email.strip().lower()


def _escalated(rules: RuleSet) -> Iterator[Fault]:
    if rules.limits.escalate_after is not None:
        yield Fault(
            ("limits", "escalate_after"),
            f"nobody is told of overdue tasks in HubSpot: {_NO_MANAGERS}",
            _NAME_THEM,
        )


def _for_managers(rules: RuleSet) -> Iterator[Fault]:
    for path, what, assign in _assigns(rules):
        if all(one.to is AssignTo.MANAGER for one in assign.chain):
            told = f"nobody can get {what} for customers in HubSpot: {_NO_MANAGERS}"
            yield Fault(path, told, _NAME_THEM)


def _assigns(rules: RuleSet) -> Iterator[tuple[Path, str, Assign]]:
    """Whatever is given to somebody: where the file says so, what it is, and to whom."""
    for index, playbook in enumerate(rules.playbooks):
        for number, task in enumerate(playbook.tasks):
            path = ("playbook", index, "task", number)
            yield (*path, "assign"), f'"{task.key}"', task.assign
            if task.unanswered is Unanswered.MANAGER:
                again = Assign(AssignTo.MANAGER)
                yield (*path, "unanswered"), f'the last try of "{task.key}"', again
    for index, cadence in enumerate(rules.cadences):
        yield ("cadence", index, "assign"), f'"{cadence.name}"', cadence.assign
    for index, offer in enumerate(rules.offers):
        if offer.approval is not None:
            what = f'the question whether "{offer.name}" may be offered'
            yield ("offer", index, "approval"), what, offer.approval
    if rules.interview.assign is not None:
        yield ("interview", "assign"), "exit interviews", rules.interview.assign
    for tier, assign in rules.interview.by_tier.items():
        yield ("interview", "by_tier", tier), f'exit interviews of the tier "{tier}"', assign
