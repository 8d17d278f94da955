"""Where playbooks with `until` lead: what may follow them, what never comes, and what is found out
in vain. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from marshmallow import ValidationError

from rules.conditions import DECISION_SYMBOLS, Condition, compile_condition
from rules.fault import Fault, Path
from rules.model import Verdict
from rules.playbook import AfterKind, Playbook
from rules.possible import possible
from rules.progress import IN_WORDS
from rules.ruleset import RuleSet
from rules.schema_plays import until
from rules.tables import Table, tables, texts_of

UNKNOWN = "unknown"
_COME = {
    AfterKind.REASON_KNOWN: "category != 'unknown'",
    AfterKind.REASON_CONFIRMED: "provenance == 'confirmed'",
}
_NOT_YET = {
    AfterKind.REASON_KNOWN: "category == 'unknown'",
    AfterKind.REASON_CONFIRMED: "(provenance ?? 'none') != 'confirmed'",
}
_TOO_LATE = {
    AfterKind.REASON_KNOWN: (AfterKind.REASON_KNOWN, AfterKind.REASON_CONFIRMED),
    AfterKind.REASON_CONFIRMED: (AfterKind.REASON_CONFIRMED,),
}
"""What a step cannot wait for in a playbook that ends with it."""


@cache
def come(until: AfterKind) -> Condition:
    """That the reason is known, or confirmed."""
    return compile_condition(_COME[until], DECISION_SYMBOLS)


def taken_when(playbook: Playbook) -> Condition | None:
    """When a playbook is taken: its `when`, as long as its `until` has not come."""
    return _not_yet_come(playbook.when, playbook.until)


def _not_yet_come(when: Condition | None, until: AfterKind | None) -> Condition | None:
    if until is None:
        return when
    text = f"({when.text}) and {_NOT_YET[until]}" if when is not None else _NOT_YET[until]
    return compile_condition(text, DECISION_SYMBOLS)


def until_doubts(rules: RuleSet) -> Iterator[Fault]:
    """What hardly anybody means."""
    for index, playbook in enumerate(rules.playbooks):
        path: Path = ("playbook", index)
        if playbook.until is None:
            yield from _in_vain(path, playbook, rules)
            continue
        if possible(_stated(playbook.when)):  # else that is told
            yield from _nowhere(path, playbook, rules)
        yield from _never_due(path, playbook)


def _nowhere(path: Path, playbook: Playbook, rules: RuleSet) -> Iterator[Fault]:
    """A plan with an `until` that nobody gets, or that nothing comes after."""
    if not possible(_stated(taken_when(playbook))):
        yield Fault(
            (*path, "until"),
            f'"{playbook.name}" is never taken: its until has come whenever its when holds',
            "leave until out, or say in when whom it is for before that",
        )
    elif not _followers(playbook, rules):
        yield Fault(
            (*path, "until"),
            f'nothing follows "{playbook.name}": no other playbook is for what is found out',
            "add one, or a last playbook without `when`",
        )


def _in_vain(path: Path, playbook: Playbook, rules: RuleSet) -> Iterator[Fault]:
    """A plan to find out why that goes on when it is found out."""
    when = playbook.when
    if when is None or not _sorted_by(rules) or not possible([when]):
        return
    if possible([when, come(AfterKind.REASON_KNOWN)]):
        return
    yield Fault(
        (*path, "name"),
        f'"{playbook.name}" is for unknown reasons and goes on when the reason is known: what is'
        " found out leads nowhere",
        'add until = "reason_known"',
    )


def _sorted_by(rules: RuleSet) -> bool:
    """Whether there is a category that a reason could be found out to be."""
    return any(reason.id != UNKNOWN for reason in rules.reasons)


def _followers(playbook: Playbook, rules: RuleSet) -> Sequence[Playbook]:
    if playbook.until is None or not _sorted_by(rules):
        return ()
    found_out = come(playbook.until)
    return [
        other
        for other in rules.playbooks
        if other is not playbook
        and set(other.verdicts) & set(playbook.verdicts)
        and possible(_stated(taken_when(other), found_out))
    ]


def _stated(*conditions: Condition | None) -> list[Condition]:
    return [condition for condition in conditions if condition is not None]


def _never_due(path: Path, playbook: Playbook) -> Iterator[Fault]:
    too_late = _TOO_LATE[playbook.until] if playbook.until else ()
    for number, task in enumerate(playbook.tasks):
        for after in task.after:
            if after.kind in too_late:
                yield Fault(
                    (*path, "task", number, "after"),
                    f'"{task.key}" never comes: it waits until {IN_WORDS[after.kind]}, and by then'
                    f' another playbook has taken over from "{playbook.name}"',
                    "move it to the playbook that follows",
                )


# ---- one key for two tasks: refused


def shared_key_faults(file: Table, conditions: Mapping[Path, Condition]) -> Iterator[Fault]:
    """A step is known by its key, and one that is done is not asked again: two playbooks of which
    one follows the other may share a key only where they ask the same."""
    playbooks = list(tables(file, "playbook"))
    for path, before in playbooks:
        end = _until(before)
        if end is None:
            continue
        for other_path, other in playbooks:
            if other_path == path or not _for_the_same(before, other):
                continue
            taken = _not_yet_come(conditions.get((*other_path, "when")), _until(other))
            if possible(_stated(taken, come(end))):
                yield from _same_keys(path, before, other)


def _until(playbook: Table) -> AfterKind | None:
    try:
        return until(playbook["until"]) if "until" in playbook else None
    except ValidationError:
        return None  # told by the schema


def _for_the_same(one: Table, other: Table) -> bool:
    """Whether both may be for the same loss; without `for` a condition may say so."""
    customer = [Verdict.CUSTOMER.value]
    whom = [set(texts_of(p.get("for"))) or set(customer) for p in (one, other)]
    asks = any("verdict" in str(p.get("when")) and "for" not in p for p in (one, other))
    return asks or bool(whom[0] & whom[1])


def _same_keys(path: Path, before: Table, other: Table) -> Iterator[Fault]:
    theirs = {key: task for _, task in tables(other, "task") for key in texts_of(task.get("key"))}
    for inner, task in tables(before, "task"):
        for key in texts_of(task.get("key")):
            if key in theirs and theirs[key].get("subject") != task.get("subject"):
                yield Fault(
                    (*path, *inner, "key"),
                    f'"{key}" is also a task of "{other.get("name")}", which may follow: whoever'
                    " did this one would not be asked that one",
                    "choose another key; or give both the same subject, if they ask the same",
                )
