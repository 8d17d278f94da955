"""What customers bought last time, read where a text that is about to be written names it.

Only the few whose offer is due need line items, so they are neither polled nor kept: the CRM is
asked once for all of a batch, and those customers are decided once more with the answer. A text
is written once, so that no customer is asked about twice.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from connectors.base import LineReader
from connectors.errors import CredentialsRefused, CrmError, Throttled
from integration.runtime import Runtime
from integration.spoken import count
from integration.store.caseload import Stored
from integration.store.elsewhere import origin
from integration.store.scribe import Decided
from rules.case import Case, Decision, LineItems, Workload
from rules.model import LineItem, Ref

log = logging.getLogger(__name__)


def once_more(item: Stored, decision: Decision) -> Decided:
    """A decision that can be made once more: the workload that it shared work out by grows with
    every customer, so it is kept as it was."""
    if not decision.unread:
        return Decided(item, decision)
    load = item.case.workload
    then = Workload(dict(load.given), dict(load.open))
    return Decided(replace(item, case=replace(item.case, workload=then)), decision)


def with_line_items(
    runtime: Runtime, crm: str, decided: Sequence[Decided], decide: Callable[[Stored], Decision]
) -> list[Decided]:
    """The same decisions, those whose texts name line items made again with them."""
    wanted = dict.fromkeys(ref for one in decided for ref in one.decision.unread)
    if not wanted or runtime.crms[crm].dry_run:
        return list(decided)
    read = _read(runtime, crm, wanted)
    return [_again(one, read, decide) if one.decision.unread else one for one in decided]


def _again(one: Decided, read: LineItems, decide: Callable[[Stored], Decision]) -> Decided:
    known = {ref: read[ref] for ref in one.decision.unread if ref in read}
    case: Case = replace(one.stored.case, line_items=known)
    item = replace(one.stored, case=case)
    return Decided(item, decide(item))


def _read(
    runtime: Runtime, crm: str, refs: Iterable[Ref]
) -> dict[Ref, tuple[LineItem, ...] | None]:
    """By the case's own references; a deal of another CRM is asked for there. What a CRM cannot
    tell now is left out: the text says so, and nobody has to wait for it."""
    by_crm: dict[str, dict[str, Ref]] = defaultdict(dict)
    for ref in refs:
        name, there = origin(ref, crm)
        by_crm[name][there.id] = ref
    found: dict[Ref, tuple[LineItem, ...] | None] = {}
    for name, asked in by_crm.items():
        connector = runtime.crms[name].connector if name in runtime.crms else None
        if not isinstance(connector, LineReader):
            continue
        try:
            told = connector.line_items(list(asked))
        except (Throttled, CredentialsRefused):
            raise
        except CrmError as error:
            log.warning("line items of %s were not read: %s", count(len(asked), "deal"), error)
            continue
        found.update({ref: told.get(id) for id, ref in asked.items()})
    return found
