"""Who is in the pilot."""

from __future__ import annotations

import pytest

from rules.model import Owner
from rules.people import Person
from rules.pilot import is_in, limits_writing
from rules.ruleset import Pilot

ANN = Owner("U1", "Ann Lee", "Ann@acme.example", teams=("Inside Sales",))


@pytest.mark.parametrize(
    ("pilot", "inside"),
    [
        (Pilot(only_owners=("ann@acme.example",)), True),
        (Pilot(only_owners=("bea@acme.example",)), False),
        (Pilot(only_teams=("inside sales",)), True),
        (Pilot(only_teams=("North",)), True),
        (Pilot(only_teams=("South",)), False),
        (Pilot(only_owners=("bea@acme.example",), only_teams=("North",)), True),
    ],
)
def test_by_address_or_by_team(pilot: Pilot, inside: bool) -> None:
    people = (Person("ann@acme.example", team="North"), Person("bea@acme.example", team="South"))
    assert limits_writing(pilot)
    assert is_in(pilot, people, ANN) is inside


def test_without_names_nobody_is_limited() -> None:
    assert not limits_writing(Pilot())
