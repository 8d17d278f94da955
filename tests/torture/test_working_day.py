"""A working day under planned faults, in both CRMs: nothing lost, nothing twice, nothing of a
person's overwritten. `make torture` runs many more of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.torture.day import WorkingDay
from tests.torture.scene import open_scene, sqlite_stores

DAYS = 3
STEPS = 20

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_a_working_day_under_faults(crm: str, migrated_sqlite: Path, tmp_path: Path) -> None:
    new_store = sqlite_stores(migrated_sqlite, tmp_path)

    class Day(WorkingDay):
        open_scene = staticmethod(lambda: open_scene(crm, tmp_path, new_store))

    run_state_machine_as_test(
        Day,
        settings=settings(
            max_examples=DAYS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
