"""Which validation rules say that a record is locked, and which only speak of closing."""

from __future__ import annotations

import pytest

from connectors.salesforce.locking_words import says_locked


@pytest.mark.parametrize(
    "words",
    [
        "This opportunity is locked",
        "Locked after closing. Ask your admin.",
        "Closed opportunities are read-only",
        "Closed records cannot be edited.",
        "You can't modify an opportunity once it is closed",
        "You can’t make changes to a closed deal",
        "Closed deals may no longer be changed",
        "Changes to closed opportunities are not allowed",
        "Only system administrators can edit closed opportunities",
        "Geschlossene Opportunities können nicht mehr geändert werden",
        "Die Opportunity ist gesperrt",
        "Une opportunité fermée ne peut plus être modifiée",
        "Las oportunidades cerradas no se pueden modificar",
        "Oportunidades fechadas não podem ser alteradas",
        "Le opportunità chiuse non possono essere modificate",
        "Gesloten kansen kunnen niet meer worden gewijzigd",
    ],
)
def test_a_rule_that_locks_what_is_closed(words: str) -> None:
    assert says_locked(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Competitor is required for Closed Lost",
        "Please update the competitor: it must not be empty for Closed Lost",
        "You cannot change the stage to Closed Lost without a loss reason",
        "Closing a deal needs a close date in the past",
        "Der Grund ist für geschlossene Opportunities ein Pflichtfeld",
        "The price must be locked before you close",
        "Unlocked amounts need an approval",
        "You cannot edit this field",
    ],
)
def test_any_other_rule_is_for_a_person_to_read(words: str) -> None:
    assert not says_locked(words)
