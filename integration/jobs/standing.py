"""How a CRM stands after a round that came to its end: also where it takes some rows, and others
not, so that `status` says the same from round to round. Pure."""

from __future__ import annotations

from typing import Any

from integration.spoken import count
from integration.store.crms import CrmState
from integration.store.untaken import Untaken


def standing(before: CrmState, found: Untaken, *, took: bool) -> dict[str, Any]:
    """Columns of the CRM; `took` says whether it took any row in this round. A round that asked
    it to take none ends no trouble: where it took none before, it is red until it takes one."""
    if not found.known and not found.unsure:
        return {"health": "green", "sentence": "", "failures": 0}
    takes_none = before.health == "red" and found.unsure > 0 and not took
    return {
        "health": "red" if takes_none else "yellow",
        "sentence": before.sentence if takes_none else _sentence(found),
        "failures": before.failures if found.unsure and not took else 0,
    }


def _sentence(found: Untaken) -> str:
    if found.known:
        number = count(found.known, "change")
        told = f"The CRM does not take {number}, which will be tried again, and takes others"
    else:
        told = f"{count(found.unsure, 'change')} could not be written yet and will be tried again"
    return f"{told}: {found.said}"
