"""What a task asks for where the file does not say: its key does (`first_offer`), or its text.

A text that prints an offer's values offers, and so does a subject that says in plain words that
something is offered; "Ask what the other offer was" does not. A body's plain words decide
nothing, since "offer nothing" stands in many: `rules.order_guard` refuses those that tell somebody
to offer too early.
"""

from __future__ import annotations

import re

from rules.playbook import Ask
from rules.tables import Table

_SAID_BY_KEY = {
    Ask.ASK_PERMISSION: {"permission", "consent"},
    Ask.OFFER: {"offer", "discount"},
    Ask.EMAIL: {"email", "mail", "newsletter"},
    Ask.APOLOGY: {"apologise", "apologize", "apology", "sorry"},
    Ask.INTERVIEW: {"interview"},
    Ask.REMEDY: {"remedy"},
}
_OFFER_VALUES = re.compile(r"\{[{%][^}]*\b(?:offer|smaller|bought)\.\w")
_PRINTED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_OFFERING = re.compile(
    r"^\W*(?:please )?(?:re-?)?offer(?! (?:of|from|by|was|is|letter)\b)"
    r"|\b(?:offer|give|propose|present|send|mention|grant)(?:\W+\w+){0,4}?\W+"
    r"(?:offers?|proposals?|discounts?|rebates?|vouchers?|price cut|free months?|months? free"
    r"|(?:special|better|lower) price|\d+ ?% off)\b"
    r"|\bmake(?:\W+\w+){0,2}?\W+(?:offer|proposal)\b",
    re.IGNORECASE,
)
_NOT_OFFERING = re.compile(
    r"\b(?:no|not|never|nothing|nobody|without|don't|stop|(?:other|their|competitor's) offer)\b",
    re.IGNORECASE,
)
_BY_WORD = {ask.value: ask for ask in Ask}


def asked_by(task: Table) -> Ask:
    """By `ask`, as the file or its schema has it, else by the key, else by the text."""
    said = task.get("ask")
    if said is not None:
        word = " ".join(str(said).lower().replace("_", " ").replace("-", " ").split())
        return _BY_WORD.get(word, Ask.FOLLOW_UP)
    words = str(task.get("key", "")).replace("-", "_").split("_")
    for ask, known in _SAID_BY_KEY.items():
        if known.intersection(words):
            return ask
    offers = prints_an_offer(task) or offers_in_words(task)
    return Ask.OFFER if offers else Ask.FOLLOW_UP


def prints_an_offer(task: Table) -> bool:
    """Whether its subject or body prints what may be offered, or what they bought before."""
    return any(_OFFER_VALUES.search(str(task.get(key) or "")) for key in ("subject", "body"))


def offers_in_words(task: Table) -> bool:
    """Whether its subject alone says that something is offered."""
    if "ask" in task:
        return False
    subject = _PRINTED.sub("them", str(task.get("subject") or "")).replace("\u2019", "'")
    return bool(_OFFERING.search(subject)) and not _NOT_OFFERING.search(subject)
