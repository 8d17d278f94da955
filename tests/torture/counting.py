"""What was lost and what was doubled, counted from the sandbox's ledger and records alone."""

from __future__ import annotations

from tests.e2e.killing import (
    HUBSPOT_FIELDS,
    SALESFORCE_FIELDS,
    Scene,
    hubspot_writes,
    salesforce_writes,
    wanted_tasks,
)
from tests.integration.jobs.stage import Stage
from tests.torture.toll import Toll


def count_scene(toll: Toll, scene: Scene) -> None:
    """Every wanted task once and every field as wanted, in both CRMs."""
    for losses, writes in ((scene.sales, salesforce_writes), (scene.hub, hubspot_writes)):
        made, others = writes(scene.sandbox)
        wanted = wanted_tasks(losses)
        toll.lost += (wanted - made).total()
        toll.doubled += (made - wanted).total()
        known = {id for lost in losses for id in (lost.account, lost.deal)}
        toll.expect(others <= known, "a record was written that is none of ours")
        toll.figures["tasks"] = toll.figures.get("tasks", 0) + made.total()
    missing = _fields_missing(scene)
    toll.lost += missing
    toll.figures["records with fields"] = 2 * (len(scene.sales) + len(scene.hub)) - missing


def _fields_missing(scene: Scene) -> int:
    """How many deals and accounts do not have our fields as wanted."""
    org, portal = scene.sandbox.salesforce, scene.sandbox.hubspot
    rows = [
        (SALESFORCE_FIELDS, org.get(type, id) or {})
        for lost in scene.sales
        for type, id in (("Opportunity", lost.deal), ("Account", lost.account))
    ]
    rows += [
        (HUBSPOT_FIELDS, portal.get(type, id))
        for lost in scene.hub
        for type, id in (("deals", lost.deal), ("companies", lost.account))
    ]
    return sum(any(row.get(k) != v for k, v in wanted.items()) for wanted, row in rows)


def count_stage(toll: Toll, stage: Stage) -> None:
    """Every wanted task of one CRM once, and its fields as wanted."""
    made, wanted = stage.made(), stage.wanted()
    toll.lost += (wanted - made).total()
    toll.doubled += (made - wanted).total()
    toll.lost += sum(stage.reason(lost) != "price" for lost in stage.lost)
    toll.figures["tasks"] = toll.figures.get("tasks", 0) + made.total()
