"""Working days under faults by number: ten days share a seed, and four seeds in turn go through
both CRMs on both databases, so that a day's number says which it is."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.torture.day import WorkingDay
from tests.torture.place import Place, Store
from tests.torture.scene import DESKS, open_scene
from tests.torture.toll import Toll

AT_ONCE = 10
"""Days under one seed: so many are to be run again to see a failure a second time."""

STEPS = 30
STORES: tuple[Store, ...] = ("sqlite", "postgres")


@dataclass(frozen=True)
class Some:
    """So many days from one seed."""

    crm: str
    store: Store
    seed: int
    days: int

    @property
    def again(self) -> str:
        where = f"--crm {self.crm} --store {self.store}"
        return f"--days {self.days} --seed {self.seed} {where} --fault none"


def planned(
    first: int, days: int, from_day: int, crm: str | None, store: Store | None
) -> list[Some]:
    """Day `from_day` and all after it, of so many; counted from 0, in whole tens."""
    return [
        Some(
            crm or list(DESKS)[number % 2],
            store or STORES[number // 2 % 2],
            first + number,
            min(AT_ONCE, days - number * AT_ONCE),
        )
        for number in range(from_day // AT_ONCE, -(-days // AT_ONCE))
    ]


def lived_through(some: Some, place: Place) -> Toll:
    """What went wrong is one sentence and the steps that led there."""
    toll = Toll("working days under faults", times=some.days)

    class Day(WorkingDay):
        open_scene = staticmethod(lambda: open_scene(some.crm, place.folder, place.new_store))

    try:
        run_state_machine_as_test(seed(some.seed)(Day), settings=_settings(some.days))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        notes = getattr(error, "__notes__", [])
        toll.broken.append("\n".join((f"{type(error).__name__}: {error}", *notes)))
    return toll


def _settings(days: int) -> settings:
    return settings(
        max_examples=days,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
