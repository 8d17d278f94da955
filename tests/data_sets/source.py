"""Where the public data sets lie; they are never part of the project."""

from __future__ import annotations

import csv
import os
from datetime import date
from pathlib import Path

import pytest

_BESIDE_THE_CHECKOUT = Path(__file__).parents[3] / "shared"


def data_folder() -> Path:
    return Path(os.environ.get("WINBACK_SHARED") or _BESIDE_THE_CHECKOUT) / "data"


needs_shared_data = pytest.mark.skipif(
    not data_folder().is_dir(),
    reason="the public data sets are not here: set WINBACK_SHARED, or put them in ../shared",
)


def read(name: str) -> list[dict[str, str]]:
    """The rows of one file of the data; some of the files begin with a byte-order mark."""
    with (data_folder() / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def day(text: str) -> date | None:
    """A date as RavenStack writes it, dd-mm-yyyy; None where there is none."""
    if not text:
        return None
    day_of_month, month, year = text.split("-")
    return date(int(year), int(month), int(day_of_month))


def rule_file(name: str, base_url: str, target: Path) -> Path:
    """Write the rule file of a data set for the CRM at `base_url`; its path."""
    text = (Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8")
    target.write_text(text.replace("http://127.0.0.1:8900", base_url), encoding="utf-8")
    return target
