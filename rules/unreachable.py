"""What a rule file may say and hardly anybody means: rules that nothing ever reaches. They refuse
nothing; an admin wants to hear of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from rules.calendar import add_span
from rules.conditions import Condition
from rules.fault import Fault, Path
from rules.given import USUAL_DAY
from rules.leading_on import UNKNOWN, taken_when, until_doubts
from rules.model import Verdict
from rules.nobody_gets import nobody_gets
from rules.playbook import Offer, Playbook
from rules.possible import contradiction, in_words, possible
from rules.ruleset import RuleSet

_MOVE_UP = "move it up, or make the other one say more"


def unreachable(
    rules: RuleSet, kinds: Mapping[str, str], broken: frozenset[str] = frozenset()
) -> list[Fault]:
    """`kinds` are the CRMs' kinds by name; `broken` are sections of which the rules lack something
    that the file has: what follows from the whole of them is not told."""
    looks = (
        (_impossible(rules), set[str]()),
        (_watches(rules), {"watch"}),
        (_tiers(rules), {"tier"}),
        (_playbooks(rules), {"playbook"}),
        (until_doubts(rules), {"playbook", "reason"}),
        (_unsaid(rules), {"reason"}),
        (_unused(rules), {"reason", "playbook", "cadence", "suppression"}),
        (_phrases(rules), {"reason"}),
        (_cadences(rules), set[str]()),
        (_offers(rules), {"offer"}),
        (nobody_gets(rules, kinds), {"person"}),
    )
    return [fault for found, of in looks if broken.isdisjoint(of) for fault in found]


def _impossible(rules: RuleSet) -> Iterator[Fault]:
    """Conditions whose parts exclude each other."""
    for path, condition in _all_conditions(rules):
        parts = contradiction(condition) if condition is not None else ()
        if len(parts) > 1:
            said = " and ".join(map(in_words, parts))
            yield Fault(
                path,
                f"can never hold: {said} exclude each other",
                "leave one of them out, or write two rules",
            )
        elif parts:
            yield Fault(path, "can never hold", "leave the rule out, or say when it holds")


def _all_conditions(rules: RuleSet) -> Iterator[tuple[Path, Condition | None]]:
    yield ("lost_customer", "when"), rules.lost_when
    for index, watch in enumerate(rules.watches):
        yield ("watch", index, "lost_when"), watch.lost_when
    for index, contract in enumerate(rules.contracts):
        yield ("contract", index, "running_when"), contract.running_when
    sections: tuple[tuple[str, Sequence[_Conditional]], ...] = (
        ("tier", rules.tiers),
        ("playbook", rules.playbooks),
        ("cadence", rules.cadences),
        ("suppression", rules.suppressions),
    )
    for section, rows in sections:
        yield from (((section, index, "when"), row.when) for index, row in enumerate(rows))


class _Conditional(Protocol):
    @property
    def when(self) -> Condition | None: ...


def _watches(rules: RuleSet) -> Iterator[Fault]:
    for index, watch in enumerate(rules.watches):
        earlier = [
            (before.name, before.lost_when)
            for before in rules.watches[:index]
            if (before.crm, before.record) == (watch.crm, watch.record)
        ]
        takers = _takers(watch.lost_when, earlier)
        if takers:
            finds = "finds" if len(takers) == 1 else "find"
            yield Fault(
                ("watch", index, "name"),
                f'"{watch.name}" never finds anything: {_quoted(takers)} {finds} it first',
                _MOVE_UP,
            )


def _tiers(rules: RuleSet) -> Iterator[Fault]:
    for index, tier in enumerate(rules.tiers):
        takers = _takers(tier.when, [(t.name, t.when) for t in rules.tiers[:index]])
        if takers:
            takes = "takes" if len(takers) == 1 else "take"
            yield Fault(
                ("tier", index, "name"),
                f'nobody is ever in "{tier.name}": {_quoted(takers)} {takes} them first',
                _MOVE_UP,
            )


def _playbooks(rules: RuleSet) -> Iterator[Fault]:
    for index, playbook in enumerate(rules.playbooks):
        takers = _taken_by(playbook, rules.playbooks[:index])
        if takers:
            yield Fault(
                ("playbook", index, "name"),
                f'"{playbook.name}" is never taken: {_quoted(takers)} {_comes(takers)} before it',
                _MOVE_UP,
            )


def _taken_by(playbook: Playbook, earlier: Sequence[Playbook]) -> list[str]:
    """The playbooks that together leave nothing to this one; empty where something is left."""
    takers: list[str] = []
    when = taken_when(playbook)
    for verdict in playbook.verdicts:
        before = [(p.name, taken_when(p)) for p in earlier if verdict in p.verdicts]
        found = _takers(when, before)
        if not found:
            return []
        takers += found
    return list(dict.fromkeys(takers))


def _takers(
    when: Condition | None, earlier: Sequence[tuple[str, Condition | None]]
) -> Sequence[str]:
    """The rules of which one holds wherever this one does: one alone, or as few together as will
    do. Empty where something is left, and for a rule that cannot hold anyway."""
    holding = [when] if when is not None else []
    if not possible(holding):
        return ()
    alone = (name for name, one in earlier if one is None or not possible(holding, [one]))
    if (name := next(alone, None)) is not None:
        return (name,)
    together = {name: one for name, one in earlier if one is not None}
    if possible(holding, list(together.values())):
        return ()
    for name in list(together):
        others = [one for key, one in together.items() if key != name]
        if not possible(holding, others):
            del together[name]
    return tuple(together)


def _offers(rules: RuleSet) -> Iterator[Fault]:
    for index, offer in enumerate(rules.offers):
        before = next((one for one in rules.offers[:index] if _is_for_all(one, offer)), None)
        if before is not None:
            yield Fault(
                ("offer", index, "name"),
                f'"{offer.name}" is never offered: "{before.name}" comes before it',
                _MOVE_UP,
            )


def _is_for_all(first: Offer, second: Offer) -> bool:
    """Whether the first offer is for everybody whom the second is for."""
    pairs = ((first.categories, second.categories), (first.tiers, second.tiers))
    return all(not wide or (narrow and set(narrow) <= set(wide)) for wide, narrow in pairs)


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


def _quoted(names: Sequence[str]) -> str:
    return " and ".join(f'"{name}"' for name in names)


def _comes(names: Sequence[str]) -> str:
    return "comes" if len(names) == 1 else "come"
