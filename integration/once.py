"""Everything until idle, once: what `winback once` does, and its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from integration.jobs.cycle import Round, run_round, take_over
from integration.quota_told import history_as_wire, quota_as_wire
from integration.runtime import Runtime
from integration.store import cases, crms, outbox, quota, telling
from integration.store.crms import CrmState
from integration.store.engine import begin, reading
from rules.case import PlannedTask

PATIENCE = timedelta(seconds=30)
"""How long a single run waits for a CRM that throttles or fails, without anything moving."""

GRACE_PATIENCE = timedelta(minutes=3)
"""How long it waits for rows of unknown outcome to be read back: longer than any grace."""

PUSH_KINDS = ("task_create", "task_update", "task_close", "field")
STILL_PENDING = ("staged", "pending", "in_flight", "unknown")

EXIT_FINE = 0
EXIT_CRM = 3
EXIT_LEFT = 4


@dataclass(frozen=True, slots=True)
class Run:
    """One run's report, as `once --json` prints it, and its exit code."""

    report: dict[str, Any]
    exit_code: int


def once(runtime: Runtime, *, as_of: str) -> Run:
    """Work on every CRM until there is nothing left to do now."""
    started = runtime.wall()
    before = {name: _tally(runtime, name) for name in runtime.crms}
    others = [name for name in runtime.crms if name != runtime.home]
    order = [*others, runtime.home] if runtime.home else others
    troubles = {name: _until_idle(runtime, name) for name in order}
    if runtime.home:  # what home decided for the others, and whom they left to be decided
        again = [name for name in (*others, runtime.home) if not troubles[name]]
        troubles |= {name: _until_idle(runtime, name, polled=True) for name in again}
    report = {
        "as_of": as_of,
        "seconds": round((runtime.wall() - started).total_seconds(), 3),
        "crms": {name: _crm_report(runtime, name, before[name]) for name in runtime.crms},
    }
    return Run(report, _exit_code(report, list(troubles.values())))


def _until_idle(runtime: Runtime, crm: str, *, polled: bool = False) -> str:
    """Rounds until idle; what trouble was left, empty if none."""
    take_over(runtime, crm)
    with begin(runtime.engine) as connection:  # a new run asks anew
        crms.state(connection, crm)
        crms.change(connection, crm, blocked_until=None, failures=0)
        quota.look_again(connection, crm)
    moved_at = runtime.wall()
    while True:
        done: Round = run_round(runtime, crm, polled=polled)
        if done.settled or (done.polled and not polled):
            moved_at = runtime.wall()
        polled = done.polled
        if done.again_at is None or done.trouble == "refused":
            return done.trouble
        patience = PATIENCE if done.trouble else GRACE_PATIENCE
        if max(done.again_at, runtime.wall()) > moved_at + patience:
            return done.trouble or "unanswered"
        runtime.sleep(max((done.again_at - runtime.wall()).total_seconds(), 0.01))


def _tally(runtime: Runtime, crm: str) -> dict[tuple[str, str, str | None], int]:
    with reading(runtime.engine) as connection:
        return outbox.tally(connection, crm)


def _crm_report(
    runtime: Runtime, crm: str, before: dict[tuple[str, str, str | None], int]
) -> dict[str, Any]:
    tally = runtime.tally(crm)
    now = _tally(runtime, crm)
    with begin(runtime.engine) as connection:
        unassigned = len(cases.unassigned(connection, crm))
        state = crms.state(connection, crm)
        spending = quota.spending(connection, crm, runtime.wall())
        history = telling.history(connection, crm)
    dry_run = runtime.crms[crm].dry_run
    pushes = {kind: _pushes(now, before, kind) for kind in PUSH_KINDS}
    pushes["task_create"]["parked"] += unassigned
    calls = runtime.crms[crm].connector.calls
    return {
        "signals": runtime.signals.get(crm, 0),
        "losses": {kind: tally.losses[kind] for kind in ("customer", "deal", "prospect")},
        "categories": dict(sorted(tally.categories.items())),
        "disagreements": tally.disagreements,
        "decided": tally.decided,
        "missing": dict(tally.missing.most_common()),
        "recoveries": {
            "opened": tally.opened,
            "joined": tally.joined,
            "closed": tally.closed,
        },
        "tasks": {
            "wanted": tally.tasks_wanted,
            "waiting": _held(now, "task_create", "budget"),
            "held": _held(now, "task_create", "storm")
            + _held(now, "task_create", "dry run")
            + _held(now, "task_create", "pilot")
            + (tally.tasks_wanted if dry_run else 0),
        },
        "storm": sum(_held(now, kind, "storm") for kind in PUSH_KINDS),
        "pushes": pushes,
        "rehearsed": [_example(task) for task in tally.examples] if dry_run else [],
        "stopped": _stopped(state),
        "quota": quota_as_wire(spending, runtime.wall()),
        "history": history_as_wire(history),
        "calls": {
            "auth": calls.auth,
            "read": calls.read,
            "search": calls.search,
            "write": calls.write,
            "other": calls.other,
        },
    }


def _stopped(state: CrmState) -> dict[str, Any] | None:
    """Why the CRM was left before all was done, and until when."""
    if state.blocked_until is None:
        return None
    return {"sentence": state.sentence, "until": state.blocked_until.isoformat()}


def _example(task: PlannedTask) -> dict[str, Any]:
    """A task that a dry run would have written."""
    draft = task.draft
    return {
        "key": draft.key,
        "rule": task.rule,
        "subject": draft.subject,
        "due_on": draft.due_on.isoformat(),
        "owner_id": draft.owner_id,
        "account_id": draft.account_id,
        "because": task.because,
    }


def _held(now: dict[tuple[str, str, str | None], int], kind: str, by: str) -> int:
    return now.get((kind, "held", by), 0)


def _pushes(
    now: dict[tuple[str, str, str | None], int],
    before: dict[tuple[str, str, str | None], int],
    kind: str,
) -> dict[str, int]:
    """Delivered in this run; pending and parked as they stand."""

    def count(table: dict[tuple[str, str, str | None], int], states: Sequence[str]) -> int:
        return sum(n for (k, state, _), n in table.items() if k == kind and state in states)

    return {
        "delivered": count(now, ["delivered"]) - count(before, ["delivered"]),
        "pending": count(now, STILL_PENDING),
        "parked": count(now, ["parked"]),
    }


def _exit_code(report: dict[str, Any], troubles: Sequence[str]) -> int:
    if any(troubles):
        return EXIT_CRM
    for crm in report["crms"].values():
        if crm["storm"] or crm["tasks"]["held"] or any(p["parked"] for p in crm["pushes"].values()):
            return EXIT_LEFT
    return EXIT_FINE
