"""Ask a CRM what changed, and store the answer as signals together with the moved cursor."""

from __future__ import annotations

from sqlalchemy import Connection

from connectors.base import Page
from connectors.errors import CursorTooOld
from connectors.stream import Stream
from integration.crashpoints import passing
from integration.jobs.still_there import look_at_records, look_at_tasks
from integration.quota import stretch
from integration.runtime import Runtime
from integration.store import crms, inbox, task_readings
from integration.store.engine import begin, reading
from integration.store.inbox import Reached
from rules.model import Kind, TaskState


def poll(runtime: Runtime, crm: str) -> int:
    """Poll every stream of a CRM once; answers how many records there are to look at.

    Raises the connector's errors. What was stored before stays stored, and the next poll goes
    on from there.
    """
    found = 0
    with begin(runtime.engine) as connection:
        state = crms.state(connection, crm)
        if state.first_contact_on is None:
            crms.change(connection, crm, first_contact_on=runtime.today(crm))
    for stream in runtime.crms[crm].streams():
        try:
            found += _poll_stream(runtime, crm, stream)
        except CursorTooOld:
            with begin(runtime.engine) as connection:
                inbox.forget_cursor(connection, crm, stream.type)
            found += _poll_stream(runtime, crm, stream)
    found += look_at_records(runtime, crm) + look_at_tasks(runtime, crm)
    with begin(runtime.engine) as connection:
        crms.polled(connection, crm, runtime.wall())
    return found


def is_due(runtime: Runtime, crm: str) -> bool:
    """Whether to poll, in the rhythm of `poll_every`: near the end of our share of the CRM's
    calls polls are further and further apart (`quota.stretch`)."""
    part = runtime.crms[crm]
    times = stretch(part.gate.fullness) if part.gate is not None else 1.0
    if times <= 1:
        return True
    with reading(runtime.engine) as connection:
        polled_at = crms.polled_at(connection, crm)
    # half a time early is in time: the rhythm is not exact
    return polled_at is None or runtime.wall() >= polled_at + part.poll_every * (times - 0.5)


def _poll_stream(runtime: Runtime, crm: str, stream: Stream) -> int:
    with reading(runtime.engine) as connection:
        before = inbox.reached(connection, crm, stream.type)
    cursor = before.position if before else None
    read, total = (before.history if before else None) or (0, None)
    found = 0
    for page in runtime.crms[crm].connector.changed(stream, cursor, runtime.now()):
        read += len(page.snapshots) + len(page.refs)
        # what is told first: a CRM may count only what is left when a reading goes on
        total = page.total if total is None else total
        history = (read, total) if page.history else None
        found += _store(runtime, crm, stream, page, Reached(dict(page.cursor), history))
        if page.history:
            runtime.progress.step(crm, stream.type, read, total)
    return found


def _store(runtime: Runtime, crm: str, stream: Stream, page: Page, reached: Reached) -> int:
    with begin(runtime.engine) as connection:
        ours = page
        if stream.kind is Kind.TASK:
            ours = _ours_only(connection, crm, page)
            if page.history and _made_before(page, ours):
                crms.looks_first_from_now_on(connection, crm)
        found = inbox.store(
            connection,
            crm,
            snapshots=ours.snapshots,
            refs=ours.refs,
            gone=ours.gone,
            now=runtime.wall(),
        )
        inbox.move_cursor(connection, crm, stream.type, reached, runtime.wall())
    runtime.signals[crm] = runtime.signals.get(crm, 0) + found
    if found:
        passing("signal stored")
    passing("cursor moved")
    return found


def _made_before(page: Page, ours: Page) -> bool:
    """Tasks with a key of ours that this store knows nothing of: it is new, or was lost, and what
    it will want may stand in the CRM already."""
    known = {snapshot.ref for snapshot in ours.snapshots}
    tasks = (s for s in page.snapshots if s.ref not in known)
    return any(isinstance(s.entity, TaskState) and s.entity.key for s in tasks)


def _ours_only(connection: Connection, crm: str, page: Page) -> Page:
    """Of all the company's tasks only those that we made."""
    listed = [s.ref.id for s in page.snapshots] + [r.id for r in (*page.refs, *page.gone)]
    ours = task_readings.known_tasks(connection, crm, listed)
    return Page(
        cursor=page.cursor,
        snapshots=tuple(s for s in page.snapshots if s.ref.id in ours),
        refs=tuple(r for r in page.refs if r.id in ours),
        gone=tuple(r for r in page.gone if r.id in ours),
        history=page.history,
        total=page.total,
    )
