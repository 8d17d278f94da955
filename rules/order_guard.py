"""Row P3 at load: listen, restate, confirm; say sorry where the fault is ours; only then mend or
offer. A playbook that would do it the other way round is refused, be it by what a task asks or by a
text that tells somebody to offer. Words that may mean something else are warned of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rules.ask_by_key import asked_by, offers_in_words, prints_an_offer
from rules.conditions import Condition
from rules.fault import Fault, Path
from rules.leading_on import come
from rules.model import Fault as WhoseFault
from rules.offering_words import Offering, offerings_in
from rules.playbook import AfterKind, Ask, PlaybookTask
from rules.possible import possible
from rules.ruleset import RuleSet
from rules.tables import Table, tables, texts_of

_OURS = (WhoseFault.OURS, WhoseFault.MINE)
_LATE = (Ask.OFFER, Ask.REMEDY)
_CONFIRMED = "reason confirmed"
_APOLOGISED = "apologised"

_CONFIRMED_FIRST = 'after = "reason_confirmed"'
_LATER = f"write {_CONFIRMED_FIRST}, or name a task that waits for it"
_UNMEANT = 'if it offers nothing, write ask = "follow up"'
_IN_OFFER = f'leave it to a task with ask = "offer" and {_CONFIRMED_FIRST}'


def order_faults(file: Table, conditions: Mapping[Path, Condition]) -> Iterator[Fault]:
    for path, playbook in tables(file, "playbook"):
        tasks = [((*path, *inner), task) for inner, task in tables(playbook, "task")]
        when = conditions.get((*path, "when"))
        ours = _only_our_fault(when)
        for place, task in tasks:
            ask = asked_by(task)
            if ask not in _LATE and ask is not Ask.INTERNAL and prints_an_offer(task):
                ask = Ask.OFFER
            if ask in _LATE:
                yield from _too_early(place, task, ask, tasks, ours)
            elif ask is not Ask.INTERNAL and _before_confirmed(when):
                yield from _offered_in_words(place, task, tasks)


def order_doubts(rules: RuleSet) -> Iterator[Fault]:
    """Texts that offer something in plain words, in tasks that do not wait for the reason."""
    for index, playbook in enumerate(rules.playbooks):
        if not _before_confirmed(playbook.when):
            continue
        by_key = {task.key: task for task in playbook.tasks}
        for number, task in enumerate(playbook.tasks):
            if task.ask in (*_LATE, Ask.INTERNAL) or _waits(task, by_key):
                continue
            path = ("playbook", index, "task", number)
            texts = {"subject": task.subject, "body": task.body}
            yield from _offering(path, f'"{task.key}"', texts, _IN_OFFER)
    for index, cadence in enumerate(rules.cadences):
        if _before_confirmed(cadence.when):
            wait = "add provenance == 'confirmed' to its when"
            texts = {"subject": cadence.subject, "body": cadence.body}
            yield from _offering(("cadence", index), f'"{cadence.name}"', texts, wait)


def _before_confirmed(when: Condition | None) -> bool:
    """Whether a rule may hold while the reason is not confirmed."""
    return when is None or possible([when], [come(AfterKind.REASON_CONFIRMED)])


def _waits(task: PlaybookTask, by_key: Mapping[str, PlaybookTask]) -> bool:
    """Whether the reason is confirmed when the task's time comes. Tasks wait for earlier ones
    alone, so that this ends."""
    return any(
        after.kind is AfterKind.REASON_CONFIRMED
        or (
            after.kind is AfterKind.TASK
            and after.name in by_key
            and _waits(by_key[after.name], by_key)
        )
        for after in task.after
    )


def _offered_in_words(
    path: Path, task: Table, tasks: Sequence[tuple[Path, Table]]
) -> Iterator[Fault]:
    """Texts that tell somebody to offer, in a task that does not say itself that it offers
    nothing."""
    said = "ask" in task
    if (said and asked_by(task) is Ask.FOLLOW_UP) or _CONFIRMED in _all_before(task, tasks):
        return
    unmeant = "if it offers nothing, say it in other words" if said else _UNMEANT
    texts = {key: text for key in ("subject", "body") for text in texts_of(task.get(key))}
    name = f'"{task.get("key")}"'
    yield from _offering(path, name, texts, f"{_IN_OFFER}; {unmeant}", sure=True)


def _offering(
    path: Path, name: str, texts: Mapping[str, str], wait: str, *, sure: bool = False
) -> Iterator[Fault]:
    for key, text in texts.items():
        found = _first(offerings_in(text), sure=sure)
        if found is not None:
            yield Fault(
                (*path, key),
                f'{name} says "{found.words}" before the reason is confirmed: who has not been'
                " understood takes an offer for a bribe",
                wait,
                found.column,
            )


def _first(found: Iterable[Offering], *, sure: bool) -> Offering | None:
    return next((one for one in found if one.sure or not sure), None)


def _too_early(
    path: Path, task: Table, ask: Ask, tasks: Sequence[tuple[Path, Table]], ours: bool
) -> Iterator[Fault]:
    before = _all_before(task, tasks)
    key, what = str(task.get("key")), "offers" if ask is Ask.OFFER else "mends"
    if _CONFIRMED not in before:
        yield Fault(
            (*path, "after") if "after" in task else path,
            f'"{key}" {what} before the reason is confirmed: who has not been understood'
            " takes it for a bribe",
            f"{_LATER}; {_UNMEANT}" if offers_in_words(task) else _LATER,
        )
    elif ours and _APOLOGISED not in before:
        yield Fault(
            (*path, "after"),
            f'"{key}" {what} before anybody has said sorry, and this playbook is for what'
            " was our fault",
            'add a task with ask = "apology" before it, and name that task in "after"',
        )


def _all_before(task: Table, tasks: Sequence[tuple[Path, Table]]) -> set[str]:
    named = {key: other for _, other in tasks for key in texts_of(other.get("key"))}
    return set(_before(task, named, set()))


def _before(task: Table, named: Mapping[str, Table], seen: set[str]) -> Iterator[str]:
    """Everything that has happened when the task's time comes."""
    if asked_by(task) is Ask.APOLOGY:
        yield _APOLOGISED
    for word in texts_of(task.get("after")):
        yield word.lower().replace("_", " ").replace("-", " ")
        if word in named and word not in seen:
            yield from _before(named[word], named, {*seen, word})


def _only_our_fault(condition: Condition | None) -> bool:
    """Whether the playbook is meant for our own faults alone."""
    if condition is None or "fault" not in condition.names:
        return False
    others = [fault for fault in WhoseFault if fault not in _OURS]
    can_be_ours = any(condition.can_hold({"fault": fault.value}) for fault in _OURS)
    return can_be_ours and not any(condition.can_hold({"fault": f.value}) for f in others)
