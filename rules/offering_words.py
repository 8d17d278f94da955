"""Whether a text offers something, read from its plain words. Sentences that forbid it, ask about
it, tell of an old offer or of somebody else's do not. English only, as are the texts we ship."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SENTENCE = re.compile(r"[^.!?;\n]+(?:\.(?=\d)[^.!?;\n]+)*")
_PRINTED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)

_GIVEN = (
    r"(?:offers?|proposals?|discounts?|rebates?|vouchers?|price cut|free months?|months? free"
    r"|(?:special|better|lower|reduced) (?:price|rate)"
    r"|(?:smaller|cheaper|lower) (?:plan|package|contract|tier)|\d+ ?(?:%|percent|per cent))"
)
_OFFERING = re.compile(
    rf"\b(?:offer|give|propose|promise|grant|present|send|mention)(?:\W+\w+){{0,5}}?\W+{_GIVEN}\b"
    r"|\bmake(?:\W+\w+){0,2}?\W+(?:offer|proposal)\b"
    r"|\b\d+ ?(?:%|percent|per cent) (?:off|discount|less|cheaper|rebate)\b"
    r"|\bdiscount (?:of|code)\b"
    r"|\b(?:half|reduced) (?:the )?price\b"
    r"|\bfree months?\b|\bmonths? (?:(?:is|are) )?(?:free|for free|on us|on the house)\b",
    re.IGNORECASE,
)
_NOT_OFFERING = re.compile(
    r"\b(?:no|not|never|nothing|nobody|none|without|don't|won't|can't|cannot|stop|avoid|refrain"
    r"|whether|why|what|ask (?:if|about|how)|asks? for|once|later|not yet|until|unless"
    r"|was|were|had|has|have|did|offered|gave|got|declined|refused|expired|last (?:year|time)"
    r"|other|their|them by|competitors?|competitor's|competition|rivals?|elsewhere"
    r"|(?:new|another) (?:vendor|supplier|provider))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Offering:
    """The words that offer, and where they begin in the text."""

    words: str
    column: int


def offering_in(text: str) -> Offering | None:
    """The first words that offer something."""
    plain = _PRINTED.sub(lambda value: "x" * len(value[0]), text).replace("\u2019", "'")
    for sentence in _SENTENCE.finditer(plain):
        found = _OFFERING.search(sentence[0])
        if found and not _NOT_OFFERING.search(sentence[0]):
            begin, end = sentence.start() + found.start(), sentence.start() + found.end()
            return Offering(" ".join(text[begin:end].split()), begin)
    return None
