"""Deal pipelines and what a stage means.

Closed and won are metadata of the stage, and the metadata's values are strings: lost is
`isClosed == "true"` with probability 0, won with probability 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Stage:
    id: str
    label: str
    probability: str = "0.5"
    closed: bool = False

    @property
    def won(self) -> bool:
        return self.closed and float(self.probability) == 1

    @property
    def lost(self) -> bool:
        return self.closed and float(self.probability) == 0

    def json(self, order: int, stamp: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": order,
            "metadata": {"isClosed": str(self.closed).lower(), "probability": self.probability},
            "createdAt": stamp,
            "updatedAt": stamp,
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }


@dataclass(slots=True)
class Pipeline:
    id: str
    label: str
    stages: dict[str, Stage] = field(default_factory=dict)
    order: int = 0

    def json(self, stamp: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": self.order,
            "createdAt": stamp,
            "updatedAt": stamp,
            "archived": False,
            "stages": [stage.json(n, stamp) for n, stage in enumerate(self.stages.values())],
        }

    def stage(self, name: str) -> Stage | None:
        """By id, else by label, whatever its case."""
        if name in self.stages:
            return self.stages[name]
        named = (s for s in self.stages.values() if s.label.lower() == name.lower())
        return next(named, None)


def default_pipeline() -> Pipeline:
    """What a new portal has; ids and probabilities are HubSpot's own."""
    stages = (
        Stage("appointmentscheduled", "Appointment Scheduled", "0.2"),
        Stage("qualifiedtobuy", "Qualified To Buy", "0.4"),
        Stage("presentationscheduled", "Presentation Scheduled", "0.6"),
        Stage("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
        Stage("contractsent", "Contract Sent", "0.9"),
        Stage("closedwon", "Closed Won", "1.0", closed=True),
        Stage("closedlost", "Closed Lost", "0.0", closed=True),
    )
    return Pipeline("default", "Sales Pipeline", {stage.id: stage for stage in stages})


class Pipelines:
    """All deal pipelines of a portal, by id."""

    def __init__(self) -> None:
        self.by_id: dict[str, Pipeline] = {"default": default_pipeline()}

    def define(self, id: str, label: str, stages: list[Stage]) -> Pipeline:
        """Add a pipeline, or replace the one with this id."""
        known = self.by_id.get(id)
        order = known.order if known else len(self.by_id)
        self.by_id[id] = Pipeline(id, label, {stage.id: stage for stage in stages}, order)
        return self.by_id[id]

    def find(self, name: str) -> Pipeline | None:
        """By id, else by label, whatever its case."""
        if name in self.by_id:
            return self.by_id[name]
        named = (p for p in self.by_id.values() if p.label.lower() == name.lower())
        return next(named, None)

    def of_stage(self, stage_id: str) -> Pipeline | None:
        return next((p for p in self.by_id.values() if stage_id in p.stages), None)
