"""Ask a CRM what changed, and store the answer as signals together with the moved cursor."""

from __future__ import annotations

from sqlalchemy import Connection

from connectors.base import Page, Stream
from connectors.errors import CursorTooOld
from integration.crashpoints import passing
from integration.runtime import Runtime
from integration.store import crms, inbox, mirror
from integration.store.engine import begin, reading
from rules.model import Kind


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
    with begin(runtime.engine) as connection:
        crms.change(connection, crm, polled_at=runtime.wall())
    return found


def _poll_stream(runtime: Runtime, crm: str, stream: Stream) -> int:
    with reading(runtime.engine) as connection:
        cursor = inbox.cursor(connection, crm, stream.type)
    found = 0
    read = 0
    for page in runtime.crms[crm].connector.changed(stream, cursor, runtime.now()):
        found += _store(runtime, crm, stream, page)
        read += len(page.snapshots) + len(page.refs)
        if page.history:
            runtime.progress.step(crm, stream.type, read, page.total)
    return found


def _store(runtime: Runtime, crm: str, stream: Stream, page: Page) -> int:
    with begin(runtime.engine) as connection:
        ours = _ours_only(connection, crm, page) if stream.kind is Kind.TASK else page
        found = inbox.store(
            connection,
            crm,
            snapshots=ours.snapshots,
            refs=ours.refs,
            gone=ours.gone,
            now=runtime.wall(),
        )
        inbox.move_cursor(connection, crm, stream.type, dict(page.cursor), runtime.wall())
    runtime.signals[crm] = runtime.signals.get(crm, 0) + found
    if found:
        passing("signal stored")
    passing("cursor moved")
    return found


def _ours_only(connection: Connection, crm: str, page: Page) -> Page:
    """Of all the company's tasks only those that we made."""
    listed = [s.ref.id for s in page.snapshots] + [r.id for r in (*page.refs, *page.gone)]
    ours = mirror.known_tasks(connection, crm, listed)
    return Page(
        cursor=page.cursor,
        snapshots=tuple(s for s in page.snapshots if s.ref.id in ours),
        refs=tuple(r for r in page.refs if r.id in ours),
        gone=tuple(r for r in page.gone if r.id in ours),
        history=page.history,
        total=page.total,
    )
