"""`make mutants` ends with a failure where too many changes to the deciding code go unnoticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.mutants import main


@pytest.mark.parametrize(("killed", "code"), [(70, 0), (69, 1)])
def test_four_in_five_have_to_be_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], killed: int, code: int
) -> None:
    counts = {"killed": killed, "timeout": 10, "survived": 95 - killed, "total": 110}
    others = {"no_tests": 5, "suspicious": 0, "skipped": 10}
    path = tmp_path / "stats.json"
    path.write_text(json.dumps({**counts, **others}), encoding="utf-8")
    assert main(path) == code
    said = capsys.readouterr().out
    assert said.startswith(f"{killed + 10}.0% of 110 mutants killed")
    assert said.endswith("80% is the least\n")
