"""The library `holidays`, of which a country is loaded when it is asked for.

Importing its package `holidays.countries` imports all 250 of them, 8 MB and a tenth of a second,
where a company needs a few. The library itself asks for each by the module of its own.
"""

from __future__ import annotations

from holidays import country_holidays
from holidays.registry import COUNTRIES

from rules.bare_packages import leave_bare

__all__ = ["COUNTRIES", "country_holidays"]

leave_bare("holidays.countries")
