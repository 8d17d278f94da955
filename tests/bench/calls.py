"""How many API calls a thousand new losses cost, against the least that the facts allow.

The least is derived in this folder's README; the numbers here are its formulas.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.company import company, lost_deals
from tests.bench.crm_process import Calls, CrmProcess, running_crm
from tests.bench.figures import Figure, Figures
from tests.bench.product import CRMS, Product, product
from tests.bench.rule_file import TASKS_A_LOSS

LOSSES = 1_000
WINS = 1
ROWS_A_WRITE = {"salesforce": 200, "hubspot": 100}
WRITE_LIMIT = {"salesforce": 25, "hubspot": 50}
READ_SLACK = 1.25

Say = Callable[[str], None]


def measure(say: Say) -> Figures:
    """Both CRMs: history is read first, then the losses appear, then one run."""
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = company(folder / "start", accounts=LOSSES, wins=WINS)
        later = lost_deals(folder / "later", accounts=LOSSES, wins=WINS)
        for crm in CRMS:
            with running_crm(start) as process:
                say(f"{crm}: first contact")
                one = product(folder / crm, crm, process.urls[crm])
                one.provision()
                one.once()
                process.load(later)
                say(f"{crm}: {LOSSES} losses")
                spent = counted(process, one)
                say(f"{crm}: a second run")
                figures |= _figures(crm, spent, counted(process, one, losses=0))
    return figures


def counted(process: CrmProcess, one: Product, losses: int = LOSSES) -> Calls:
    """The calls of one run, by the CRM's own count; a run that did something else is no figure."""
    before = process.calls(one.crm)
    report = one.once()
    delivered = report["pushes"]["task_create"]["delivered"]
    if report["losses"]["customer"] != losses or delivered != TASKS_A_LOSS * losses:
        raise RuntimeError(f"not the run that was to be measured: {report}")
    after = process.calls(one.crm)
    return {kind: number - before.get(kind, 0) for kind, number in after.items()}


def _figures(crm: str, spent: Calls, again: Calls) -> Figures:
    least_writes = least_write_calls(crm)
    least_reads = least_read_calls(crm)
    reads = spent.get("read", 0) + spent.get("search", 0)
    split = {"read": spent.get("read", 0), "search": spent.get("search", 0)}
    apart = {kind: spent.get(kind, 0) for kind in ("auth", "other")}
    return {
        f"{crm}.write_calls": Figure(
            spent.get("write", 0),
            WRITE_LIMIT[crm],
            {"least_with_fields_on_one_record": least_writes},
        ),
        f"{crm}.read_calls": Figure(
            reads, math.floor(READ_SLACK * least_reads), {"least": least_reads, **split}
        ),
        f"{crm}.calls_apart": Figure(sum(apart.values()), None, apart),
        f"{crm}.second_run_writes": Figure(again.get("write", 0), 0, {"all": again}),
    }


def least_write_calls(crm: str, *, records: int = 1) -> int:
    """Full batches of tasks, and of the fields on so many records a loss."""
    rows = ROWS_A_WRITE[crm]
    return math.ceil(TASKS_A_LOSS * LOSSES / rows) + records * math.ceil(LOSSES / rows)


def least_read_calls(crm: str) -> int:
    if crm == "salesforce":
        streams = ("User", "Account", "Contact", "Opportunity", "Contract", "Task")
        return len(streams) + math.ceil(LOSSES / 2_000)
    searched = ("companies", "contacts", "tasks")
    deal_pages, deal_links = math.ceil(LOSSES / 200), 2 * math.ceil(LOSSES / 1_000)
    return len(searched) + deal_pages + deal_links
