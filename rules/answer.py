"""The parts of a decision while they are being gathered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from rules.asking import Asked
from rules.case import HandedOver, NotMade, PlannedTask
from rules.making import Parked
from rules.model import Field, Ref


@dataclass
class Answer:
    look_again: list[date | None] = field(default_factory=list)
    tasks: list[PlannedTask] = field(default_factory=list)
    close: dict[str, str] = field(default_factory=dict)
    reassign: dict[str, HandedOver] = field(default_factory=dict)
    fields: dict[Ref, Mapping[Field, str | None]] = field(default_factory=dict)
    not_made: list[NotMade] = field(default_factory=list)
    parked: list[NotMade] = field(default_factory=list)
    asked: Asked = field(default_factory=Asked)

    def take(self, made: PlannedTask | NotMade | Parked) -> None:
        if isinstance(made, PlannedTask):
            self.tasks.append(made)
        elif isinstance(made, Parked):
            self.parked.append(made.told)
        else:
            self.not_made.append(made)
