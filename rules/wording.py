"""Defensive wording in an admin's texts (row P12): what a customer who left must not hear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rules.fault import Fault, Path
from rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Defensive:
    """A phrase as it stands in a text, why it hurts, and what to say in its place. `column` is
    where it begins."""

    phrase: str
    message: str
    suggestion: str
    column: int


_BLAMES = "it puts the blame on the customer"
_HIDES = "it hides behind a rule"
_BELITTLES = "it makes the complaint small"
_HALF = "it is half an apology"

_PHRASES: tuple[tuple[str, str, str], ...] = (
    (r"unfortunately,? you", _BLAMES, "say what we did, and begin with we"),
    (
        r"as (?:we|i)(?: have|'ve)? already (?:told|said|explained|mentioned|informed)(?: you)?",
        _BLAMES,
        "say it again as if for the first time",
    ),
    (
        r"as (?:previously|already) (?:stated|mentioned|explained|communicated)",
        _BLAMES,
        "say it again as if for the first time",
    ),
    (r"you (?:failed|neglected|forgot) to", _BLAMES, "say what was missing, without you"),
    (
        r"you should(?: have|'ve) (?:\w+ed|told|said|read|known|come|seen|been|let|given|taken)",
        _BLAMES,
        "say what would have helped",
    ),
    (r"you (?:must|may) have misunderstood", _BLAMES, "write: we did not make it clear"),
    (r"you claim(?:ed)?(?: that)?", _BLAMES, "write: you told us"),
    (
        r"(?:per|according to|under|due to) (?:our|company) (?:policy|policies|terms)",
        _HIDES,
        "say what we can do",
    ),
    (r"(?:it is|it's|that is|that's) (?:our|company) policy", _HIDES, "say what we can do"),
    (r"(?:there is|there's) nothing (?:we|i) can do", _HIDES, "say what we can do"),
    (r"(?:it was|it's|it is|that was) not our fault", _BLAMES, "leave it out: listen first"),
    (
        r"no other customers? (?:has|have|had) (?:ever )?(?:complained|this problem)",
        _BELITTLES,
        "leave it out",
    ),
    (r"(?:you are|you're) the (?:only|first) (?:one|customer)", _BELITTLES, "leave it out"),
    (r"calm down", _BELITTLES, "leave it out"),
    (
        r"(?:we are|we're|i am|i'm) sorry (?:if|that you feel|you feel|but)",
        _HALF,
        "write: we are sorry that ..., and name what happened",
    ),
    (
        r"(?:we|i) apologi[sz]e (?:if|for any inconvenience)",
        _HALF,
        "name what happened, and say sorry for that",
    ),
    (r"with all due respect", _BELITTLES, "leave it out"),
)
_PATTERN = re.compile(
    "|".join(
        rf"(?P<p{n}>\b{phrase}\b)".replace(" ", r"\s+") for n, (phrase, _, _) in enumerate(_PHRASES)
    ),
    re.IGNORECASE,
)


def defensive_texts(rules: RuleSet) -> Iterator[Fault]:
    """What check warns of: it refuses nothing, for a text may quote what was said."""
    for index, playbook in enumerate(rules.playbooks):
        for number, task in enumerate(playbook.tasks):
            path = ("playbook", index, "task", number)
            yield from _warned((*path, "subject"), task.subject)
            yield from _warned((*path, "body"), task.body)
    for index, cadence in enumerate(rules.cadences):
        yield from _warned(("cadence", index, "subject"), cadence.subject)
        yield from _warned(("cadence", index, "body"), cadence.body)
    for index, offer in enumerate(rules.offers):
        yield from _warned(("offer", index, "text"), offer.text)
    back = rules.way_back
    for name, text in (
        ("call", back.call),
        ("terms", back.terms),
        ("quote", back.quote),
        ("start", back.start),
    ):
        yield from _warned(("way_back", name), text)
    for index, question in enumerate(rules.interview.questions):
        yield from _warned(("interview", "questions", index), question)


def _warned(path: Path, text: str) -> Iterator[Fault]:
    for found in defensive_in(text):
        yield Fault(path, found.message, found.suggestion, found.column)


def defensive_in(text: str) -> Iterator[Defensive]:
    """Every such phrase, in the order of the text; line ends count as spaces."""
    for match in _PATTERN.finditer(text.replace("\u2019", "'")):
        number = int((match.lastgroup or "p0")[1:])
        _, why, instead = _PHRASES[number]
        said = " ".join(match[0].split())
        yield Defensive(said, f'"{said}" sounds defensive: {why}', instead, match.start())
