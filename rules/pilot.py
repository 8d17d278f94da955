"""Who is in the pilot: the few for whom we write while everybody else is only watched."""

from __future__ import annotations

from rules.model import Owner
from rules.people import Person
from rules.ruleset import Pilot


def limits_writing(pilot: Pilot) -> bool:
    return bool(pilot.only_owners or pilot.only_teams)


def is_in(pilot: Pilot, people: tuple[Person, ...], owner: Owner) -> bool:
    """By the e-mail address, or by a team: of the CRM, or of the [[person]] table."""
    mail = owner.email.strip().lower()
    if mail and mail in {one.strip().lower() for one in pilot.only_owners}:
        return True
    teams = {team.strip().casefold() for team in owner.teams}
    teams |= {
        person.team.strip().casefold()
        for person in people
        if person.team and mail and person.email.strip().lower() == mail
    }
    return bool(teams & {team.strip().casefold() for team in pilot.only_teams})
