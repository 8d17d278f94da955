"""Every rule as it was judged for one loss: true, false or unknown, by which comparison, and what
would have changed it. Pure; for explaining one decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rules.conditions import Condition
from rules.logic import Operand
from rules.model import Provenance, Verdict
from rules.playbook import AfterKind, Playbook
from rules.progress import IN_WORDS, reached
from rules.ruleset import RuleSet


class Judgement(StrEnum):
    """How a rule came out."""

    TRUE = "true"
    FALSE = "false"
    MISSING = "missing"  # a value that it needs is not known, which is no match
    NOT_ASKED = "not asked"  # one before it was taken


@dataclass(frozen=True, slots=True)
class Traced:
    """One rule. `condition` is what it asks, empty where it asks nothing; `because` the
    comparisons that decided, with their values; `would_change` what would have turned it."""

    rule: str
    judged: Judgement
    condition: str
    because: str
    would_change: tuple[str, ...] = ()


def traced(rules: RuleSet, verdict: Verdict, facts: Mapping[str, Any]) -> Iterator[Traced]:
    """Tiers, suppressions, playbooks and cadences on these facts, in the order of asking."""
    yield from _tiers(rules, facts)
    for suppression in rules.suppressions:
        yield _judged(
            f"suppression {suppression.because or suppression.when.text}", suppression.when, facts
        )
    yield from _playbooks(rules, verdict, facts)
    for cadence in rules.cadences:
        yield _judged(f"cadence {cadence.name}", cadence.when, facts)


def lost_customer(rules: RuleSet, facts: Mapping[str, Any]) -> Traced:
    """`[lost_customer]` on the facts of a day."""
    return _judged("lost_customer", rules.lost_when, facts)


def _tiers(rules: RuleSet, facts: Mapping[str, Any]) -> Iterator[Traced]:
    taken = None
    for tier in rules.tiers:
        rule = f"tier {tier.name}"
        if taken:
            yield _not_asked(rule, tier.when, taken)
            continue
        one = _judged(rule, tier.when, facts)
        taken = tier.name if one.judged is Judgement.TRUE else None
        yield one


def _playbooks(rules: RuleSet, verdict: Verdict, facts: Mapping[str, Any]) -> Iterator[Traced]:
    taken = None
    for playbook in rules.playbooks:
        rule = f"playbook {playbook.name}"
        if taken:
            yield _not_asked(rule, playbook.when, taken)
        elif verdict not in playbook.verdicts:
            yield _for_others(rule, playbook, verdict)
        elif playbook.until and reached(playbook.until, *_reason(facts)):
            yield _over(rule, playbook, playbook.until)
        else:
            one = _judged(rule, playbook.when, facts)
            taken = playbook.name if one.judged is Judgement.TRUE else None
            yield one


def _for_others(rule: str, playbook: Playbook, verdict: Verdict) -> Traced:
    meant = " and ".join(playbook.verdicts)
    because = f"it is for a lost {meant}, and this is a lost {verdict}"
    text = playbook.when.text if playbook.when else ""
    return Traced(rule, Judgement.FALSE, text, because)


def _reason(facts: Mapping[str, Any]) -> tuple[str, Provenance | None]:
    rung = facts.get("provenance")
    return str(facts.get("category")), Provenance(rung) if rung else None


def _over(rule: str, playbook: Playbook, until: AfterKind) -> Traced:
    text = playbook.when.text if playbook.when else ""
    return Traced(rule, Judgement.FALSE, text, f"its time is over: {IN_WORDS[until]}")


def _not_asked(rule: str, when: Condition | None, taken: str) -> Traced:
    return Traced(rule, Judgement.NOT_ASKED, when.text if when else "", f'"{taken}" was taken')


def _judged(rule: str, when: Condition | None, facts: Mapping[str, Any]) -> Traced:
    if when is None:
        return Traced(rule, Judgement.TRUE, "", "it asks nothing")
    tested = when.test(facts)
    parts = when.operands(facts)
    judged = Judgement.TRUE if tested.holds else Judgement.FALSE
    if not tested.holds and when.can_hold(facts):
        judged = Judgement.MISSING
    changes = tuple(_otherwise(part) for part in parts if part.decides)
    return Traced(rule, judged, when.text, tested.because, changes)


def _otherwise(part: Operand) -> str:
    if part.truth is True:
        return f"not {part.text}" if part.text.isidentifier() else f"not ({part.text})"
    return part.text
