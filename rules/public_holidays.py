"""The library `holidays`, of which a country is loaded when it is asked for.

Importing its package `holidays.countries` imports all 250 of them, 8 MB and a tenth of a second,
where a company needs a few. The library itself asks for each by the module of its own, so the
package is put into its place without being run.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec

from holidays import country_holidays
from holidays.registry import COUNTRIES

__all__ = ["COUNTRIES", "country_holidays"]

_ALL = "holidays.countries"

_spec = find_spec(_ALL)
if _spec is not None and _ALL not in sys.modules:
    sys.modules[_ALL] = module_from_spec(_spec)
