"""`query` and `queryAll`, page by page."""

from __future__ import annotations

import re
from typing import Any

from connectors.sandbox.salesforce.call import Call
from connectors.sandbox.salesforce.faults import CallFault
from connectors.sandbox.salesforce.soql.columns import Source
from connectors.sandbox.salesforce.soql.run import Found, run
from connectors.sandbox.wire import Response

_BATCH = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)
_SMALLEST, _LARGEST = 200, 2_000


def query(call: Call) -> Response:
    return _first_page(call, everything=False)


def query_all(call: Call) -> Response:
    return _first_page(call, everything=True)


def next_page(call: Call) -> Response:
    name, _, offset = call.parts[1].partition("-")
    found = call.org.cursors.find(name)
    if not offset.isdigit() or int(offset) > len(found.rows):
        raise CallFault(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return Response(200, _page(call, found, int(offset), name))


def _first_page(call: Call, everything: bool) -> Response:
    return answer_query(call, call.org.reader(everything))


def answer_query(call: Call, source: Source) -> Response:
    text = call.request.args().get("q", "").strip()
    if not text:
        raise CallFault(400, "MALFORMED_QUERY", "A query string has to be specified")
    found = run(text, source, call.version)
    return Response(200, _page(call, found, 0, None))


def _page(call: Call, found: Found, start: int, cursor: str | None) -> dict[str, Any]:
    end = start + _batch_size(call)
    page: dict[str, Any] = {"totalSize": found.total, "done": end >= len(found.rows)}
    if not page["done"]:
        name = cursor or call.org.cursors.open(found)
        page["nextRecordsUrl"] = f"/services/data/{call.version}/query/{name}-{end}"
    page["records"] = [found.show(row) for row in found.rows[start:end]]
    return page


def _batch_size(call: Call) -> int:
    match = _BATCH.search(call.request.headers.get("sforce-query-options", ""))
    return _LARGEST if match is None else min(max(int(match.group(1)), _SMALLEST), _LARGEST)
