"""Whether a text offers something, read from its plain words. Sentences that forbid it, ask about
it, tell of an old offer or of somebody else's do not. English only, as are the texts we ship."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SENTENCE = re.compile(r"[^.!?;\n]+(?:\.(?=\d)[^.!?;\n]+)*")
_WRAPPED = re.compile(r"\n(?=[ \t]*(?:[a-z]|\d+(?![\d.)])))")
"""The end of a line in the middle of a sentence: the next one goes on, and begins no list item."""
_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)

_CURRENCY = r"(?:[A-Z]{3}|[€$£]|euros?|dollars?|pounds?)"
_SHARE = r"\d+(?:[.,]\d+)? ?(?:%|percent\b|per cent\b)"
_SUM = rf"(?:{_SHARE}|(?-i:{_CURRENCY}) ?\d[\d.,]*|\d[\d.,]* ?(?-i:{_CURRENCY}))"
_FREE = (
    r"free (?:months?|quarters?|years?|weeks?|trials?|onboarding|setup|installation|training"
    r"|upgrades?|repairs?|replacements?|shipping|delivery|consult(?:ing|ation)|licen[cs]es?"
    r"|support|service|maintenance)"
)
_AT_NO_COST = (
    r"(?:for free|free of charge|on us|on the house|at (?:no|zero) (?:extra )?(?:cost|charge)"
    r"|without (?:charge|cost))"
)
_GIVEN = (
    r"(?:offers?|proposals?|discounts?|rebates?|vouchers?|coupons?|gift cards?|gifts?"
    r"|(?<!the )(?:refunds?|credit notes?|credits?(?! for))|compensation|cash ?back|goodwill"
    r"|price (?:cut|reduction)"
    rf"|{_FREE}|(?:months?|quarters?|years?|weeks?) free|{_AT_NO_COST}|half[ -]price"
    r"|(?:special|better|lower|reduced) (?:price|rate|deal|terms|conditions)"
    rf"|(?:smaller|cheaper|lower) (?:plan|package|contract|tier)|{_SHARE})"
)
_PAID = r"(?:prices?|fees?|rates?|bills?|invoices?|costs?|charges?|rent)"
_GIVING = (
    rf"(?:(?:offer|give|grant|promise|propose|present|send|mention)(?:\W+\w+){{0,5}}?\W+{_GIVEN}"
    r"|make(?:\W+\w+){0,2}?\W+(?:offer|proposal)"
    rf"|(?:knock|take|cut|shave|drop) (?:\w+ ){{0,2}}?(?:{_SUM}|a third|half) off"
    r"|(?:knock|shave) (?:something|some|a bit) off"
    r"|(?:lower|reduce|cut|drop|halve) (?:the|our|that|their) (?:\w+ )?(?:price|fee|rate|bill)s?"
    rf"|(?:waive|refund|forgive) (?!of )(?:\w+ ){{0,3}}?{_PAID}"
    r"|(?:refund|compensate|reimburse) (?:them|him|her|half|all|everything)"
    rf"|sweeten \w+|match (?:[\w']+ ){{0,2}}?{_PAID})"
)
_TOLD = (
    rf"(?:(?:{_SUM}|half|a third) off|{_SUM} (?:discount|less|cheaper|rebate)"
    rf"|(?:discount|rebate|voucher|coupon) (?:code|(?:of|over|worth)(?: {_SUM})?)"
    rf"|(?:credit(?: note)?|refund|gift card) (?:of|over|worth) {_SUM}"
    rf"|(?:half|reduced)[ -](?:the )?price|{_FREE}|{_AT_NO_COST}|waiv(?:e|ing)"
    r"|(?:months?|quarters?|years?) (?:(?:is|are) )?free)"
)
_OFFERING = re.compile(rf"(?<!\w)(?:{_GIVING}|{_TOLD})(?!\w)", re.IGNORECASE)

_BEGINS = (
    r"(?:^(?:\W|\d)*|[,:(\"]\s*|\b(?:then|and|or|please|also|now|finally|just)\s+"
    r"|\b(?:forget|hesitate|fail|ready|free|allowed) to\s+"
    r"|\b(?:(?:we|I|you)(?: can| could| will| would| may| should)?|(?:we|I)'(?:ll|d))"
    r"(?: (?:also|even|gladly))?\s+)"
)
_SURE = re.compile(
    rf"{_BEGINS}(?:(?:also|even) )?{_GIVING}(?!\w)"
    r"|(?:^(?:\W|\d)*|[,:(\"]\s*|\b(?:then|and|please|also)\s+)"
    rf"(?:tell|let|inform|say|promise)\b.*(?<!\w){_TOLD}(?!\w)"
    rf"|\bthey(?:'ll| will| would| can)? (?:get|receive|have)\b.*(?<!\w)(?:{_TOLD}|{_GIVEN})(?!\w)",
    re.IGNORECASE,
)

_NOT_OFFERING = re.compile(
    r"\b(?:no|not|never|nothing|nobody|none|without|don't|won't|can't|cannot|stop|avoid|refrain"
    r"|whether|why|what|ask (?:if|about|how)|ask(?:s|ed)? for|once|later|not yet|until|unless"
    r"|was|were|had|has|have|did|offered|gave|got|declined|refused|expired"
    r"|last (?:year|time)(?!')|how (?:to|they)"
    r"|other|them by|competitors?|competitor's|competition|rivals?|elsewhere"
    r"|their (?:own|new|old|last (?:offer|discount)|offer|price|discount|proposal|refund)"
    r"|they (?:left|took|said|say)|if they (?:mention|want|expect|insist)"
    r"|(?:new|another) (?:vendor|supplier|provider))\b",
    re.IGNORECASE,
)
_STILL_OFFERING = re.compile(
    rf"\b(?:(?:do not|don't|never) (?:forget|hesitate|fail)|not only|no strings|{_AT_NO_COST}"
    rf"|(?:they|we) (?:can|will|would|may) have|match (?:[\w']+ ){{0,2}}?{_PAID}"
    r"|they have (?=\d|an?\b))",
    re.IGNORECASE,
)
"""Words of `_NOT_OFFERING` that say no such thing here."""


@dataclass(frozen=True, slots=True)
class Offering:
    """The words that offer, and where they begin in the text. `sure`: the sentence tells somebody
    to give it, or promises it; else the words only stand there."""

    words: str
    column: int
    sure: bool


def offerings_in(text: str) -> list[Offering]:
    """The first words of each sentence that offers something."""
    found = []
    plain = _plain(text)
    for sentence in _SENTENCE.finditer(plain):
        words = _OFFERING.search(sentence[0])
        meant = _STILL_OFFERING.sub("x", sentence[0])
        if words and not _NOT_OFFERING.search(meant):
            begin, end = sentence.start() + words.start(), sentence.start() + words.end()
            sure = _SURE.search(sentence[0]) is not None
            found.append(Offering(" ".join(text[begin:end].split()), begin, sure))
    return found


def _plain(text: str) -> str:
    """The words alone, each where it stands in the text."""
    text = _VALUE.sub(lambda value: "x" * len(value[0]), text)
    text = _TAG.sub(lambda tag: " " * len(tag[0]), text)
    return _WRAPPED.sub(" ", text).replace("\u2019", "'")
