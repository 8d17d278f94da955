"""Take tasks of ours back: withdraw what was never sent, close what nobody touched.

The CRM's present state is read first; what a person laid hands on is left, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integration.runtime import Runtime
from integration.store import closing
from integration.store.engine import begin, reading
from integration.store.made import Made, made_by, made_for
from integration.untouched import touched
from rules.model import Kind, TaskState

UNDER_WAY = "it is being written just now; once more in a minute"


@dataclass(frozen=True, slots=True)
class Left:
    """A task that stays, and why."""

    task: Made
    because: str


@dataclass(frozen=True, slots=True)
class Taking:
    """What taking back would do in one CRM."""

    close: Sequence[Made] = ()
    withdraw: Sequence[Made] = ()
    left: Sequence[Left] = ()

    @property
    def tasks(self) -> Sequence[Made]:
        return (*self.withdraw, *self.close)


def of_revision(runtime: Runtime, crm: str, revision: int) -> Taking:
    """What became of the tasks that a revision of the rules made. Raises `CrmError`."""
    with reading(runtime.engine) as connection:
        made = made_by(connection, crm, revision)
    return _sorted(runtime, crm, made)


def of_keys(runtime: Runtime, crm: str, keys: Sequence[str]) -> Taking:
    """The same for tasks by their keys."""
    with reading(runtime.engine) as connection:
        made = made_for(connection, crm, keys)
    return _sorted(runtime, crm, made)


def _sorted(runtime: Runtime, crm: str, made: Sequence[Made]) -> Taking:
    stand = _states(runtime, crm, [task.crm_id for task in made if task.crm_id])
    withdraw = [task for task in made if task.unsent]
    left = [Left(t, UNDER_WAY) for t in made if not t.unsent and t.crm_id is None]
    close: list[Made] = []
    for task in made:
        if task.crm_id is None:
            continue
        because = task.touched or touched(task.draft, task.owner_id, stand.get(task.crm_id))
        if because:
            left.append(Left(task, because))
        else:
            close.append(task)
    return Taking(close, withdraw, left)


def _states(runtime: Runtime, crm: str, ids: Sequence[str]) -> Mapping[str, TaskState]:
    """The tasks as the CRM has them now; one that was deleted is not among them."""
    part = runtime.crms[crm]
    stream = next((s for s in part.streams() if s.kind is Kind.TASK), None)
    if stream is None or not ids:
        return {}
    found = part.connector.read(stream, ids)
    return {s.ref.id: s.entity for s in found if isinstance(s.entity, TaskState) and not s.deleted}


def take_back(runtime: Runtime, crm: str, taking: Taking, because: str) -> None:
    """Write it down: rows to close the tasks, and no rows any more for those unsent. Taking back
    twice does nothing more."""
    task_types = {name: part.connector.task_type for name, part in runtime.crms.items()}
    for task in taking.tasks:
        with begin(runtime.engine) as connection:
            if not made_for(connection, crm, [task.key]):
                continue  # somebody was faster
            closing.close(
                connection, task_types, task.customer_id, task.key, because, runtime.wall()
            )
