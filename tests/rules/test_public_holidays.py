"""Countries are loaded one by one, and all of them can be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rules.public_holidays import COUNTRIES, country_holidays

CODES = [code for _, code, *_ in COUNTRIES.values()]


def test_a_country_is_loaded_alone() -> None:
    told = (
        "import sys; from rules.calendar import due_after; from rules.spans import Span, Unit;"
        "from datetime import date;"
        "print(due_after(date(2026, 12, 24), Span(1, Unit.BUSINESS_DAY), 'DE-BY').on);"
        "print([name for name in sys.modules if name.startswith('holidays.countries.')])"
    )
    ran = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    assert ran.stdout == "2026-12-28\n['holidays.countries.germany']\n"


def test_each_country_can_be_loaded() -> None:
    found = {code: country_holidays(code, years=[2026]) for code in CODES}
    assert len(found) == len(COUNTRIES) > 200
    assert len(found["JP"]) > 10


def test_a_country_that_is_not_known_is_refused() -> None:
    with pytest.raises(NotImplementedError):
        country_holidays("XX")
