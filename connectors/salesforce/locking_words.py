"""Whether the words of a validation rule say that the record may not be changed any more.

Orgs word these rules themselves, in their own language. That a text merely names closing
("Competitor is required for Closed Lost") makes no lock of it. When in doubt it is none: then a
person reads the rule's own words.
"""

from __future__ import annotations

import re

_CLOSED = re.compile(
    r"\bclos(?:ed?|ing|ure)\b|geschlossen|\bferm[eé]|\bcl[oô]tur|\bcerrad|\bfechad|\bchius"
    r"|\bgesloten|\bafgesloten",
    re.IGNORECASE,
)
_LOCKED = re.compile(
    # "must be locked" asks for a lock, "locked in" is said of prices
    r"(?<!\bbe )\blocked\b(?![ -]in\b)|\bfrozen\b|\bread[ -]?only\b|\bgesperrt|schreibgeschützt"
    r"|\bverrouillé|\blecture seule|\bbloquead|\bsolo lectura|\bsomente leitura|\bbloccat"
    r"|\bsola lettura|\bvergrendeld|\balleen[ -]lezen",
    re.IGNORECASE,
)
_NOT = (
    r"(?:\b(?:not|cannot|no|nobody|never|nicht|keine?|ne|pas|plus|não|non|niet|geen)"
    r"|\w+n['’]t|\bcant)"
)
_CHANGE = (
    r"(?:edit|chang|modif|updat|alter|änder|geändert|bearbeit|cambi|wijzig|gewijzig|bewerk)\w*"
)
_ALLOWED = (
    r"(?:allow|permit|possib|erlaubt|möglich|zulässig|permis|autoris|consentit|toegestaan|mogelijk)"
)
_UNCHANGEABLE = re.compile(
    rf"{_NOT}(?:\s+\w+){{0,3}}?\s+{_CHANGE}"  # "cannot be edited", "ne peut plus être modifié"
    rf"|\b{_CHANGE}(?:\s+\w+){{0,5}}?\s+{_NOT}\s+{_ALLOWED}"  # "changes ... are not allowed"
    rf"|\bonly\s+(?:\w+\s+){{1,4}}?(?:can|may)\s+{_CHANGE}",  # "only admins can edit ..."
    re.IGNORECASE,
)
_ON_THE_WAY_THERE = re.compile(
    r"\bwithout\b|\bto close\b|\bto\s+[\"'“]?closed(?:\s+(?:won|lost)\b|[^\w\s]|$)", re.IGNORECASE
)
"""A rule about closing itself: "You cannot change the stage to Closed Lost without a reason"."""


def says_locked(words: str) -> bool:
    """Whether a record that is closed or locked is said to stay as it is."""
    if _ON_THE_WAY_THERE.search(words):
        return False
    if _LOCKED.search(words):
        return True
    return _CLOSED.search(words) is not None and _UNCHANGEABLE.search(words) is not None
