"""`updated` and `deleted`: which records changed in a span of time.

Start and end are cut to the minute. `latestDateCovered` is where to go on from: it never
passes the start of a transaction that is still open, nor the present.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from connectors.sandbox.salesforce.call import Call
from connectors.sandbox.salesforce.faults import CallFault
from connectors.sandbox.salesforce.fields import instant_of, stamp
from connectors.sandbox.wire import Response

_UPDATED_LOOK_BACK = timedelta(days=30)
_DELETED_LOOK_BACK = timedelta(days=15)
_MOST_IDS = 600_000


def updated(call: Call) -> Response:
    owner = call.object(call.parts[0])
    start, end = _span(call, _UPDATED_LOOK_BACK)
    low, high = stamp(start), stamp(end)
    unshared = call.org.unshared
    ids = [
        id
        for id, row in call.org.records.table(owner).rows.items()
        if low <= row["SystemModstamp"] < high and not row.get("IsDeleted") and id not in unshared
    ]
    _check_count(ids)
    return Response(200, {"ids": ids, "latestDateCovered": stamp(_covered(call, end))})


def deleted(call: Call) -> Response:
    owner = call.object(call.parts[0])
    start, end = _span(call, _DELETED_LOOK_BACK)
    low, high = stamp(start), stamp(end)
    rows = call.org.records.table(owner).rows
    found = [
        {"id": id, "deletedDate": row["SystemModstamp"]}
        for id, row in rows.items()
        if row.get("IsDeleted") and low <= row["SystemModstamp"] < high
    ]
    _check_count(found)
    answer = {
        "deletedRecords": found,
        "earliestDateAvailable": stamp(call.org.world.clock.now() - _DELETED_LOOK_BACK),
        "latestDateCovered": stamp(_covered(call, end)),
    }
    return Response(200, answer)


def _span(call: Call, look_back: timedelta) -> tuple[datetime, datetime]:
    args = call.request.args()
    if "start" not in args or "end" not in args:
        raise CallFault(400, "MISSING_ARGUMENT", "start and end are required")
    try:
        start, end = (_cut(call, instant_of(args[name])) for name in ("start", "end"))
    except ValueError as error:
        message = "start and end must be ISO 8601 instants"
        raise CallFault(400, "INVALID_REPLICATION_DATE", message) from error
    if start >= end:
        message = "endDate must be at least one minute greater than startDate"
        raise CallFault(400, "INVALID_REPLICATION_DATE", message)
    if start < _cut(call, call.org.world.clock.now() - look_back):
        message = f"startDate cannot be more than {look_back.days} days ago"
        raise CallFault(400, "INVALID_REPLICATION_DATE", message)
    return start, end


def _cut(call: Call, instant: datetime) -> datetime:
    grain = call.org.grain_in_seconds
    seconds = int(instant.timestamp())
    return datetime.fromtimestamp(seconds - seconds % grain, UTC)


def _covered(call: Call, end: datetime) -> datetime:
    held_back = (open_.began_at for open_ in call.org.open_transactions)
    return min(end, *(_cut(call, at) for at in (call.org.world.clock.now(), *held_back)))


def _check_count(found: list[object] | list[str] | list[dict[str, str]]) -> None:
    if len(found) > _MOST_IDS:
        raise CallFault(400, "EXCEEDED_ID_LIMIT", "too many ids: ask for a shorter span")
