"""Why the demo's customers leave: the rep's pick from the list, and words beside it.

Pick and words agree mostly, not always; some losses have one without the other, as in any CRM.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

COMPETITORS = ("Metrivo", "Caltera", "Plannish", "NorthGauge", "Opsly")


@dataclass(frozen=True, slots=True)
class Why:
    """`picked` is a value of the CRM's reason list; both are empty where nobody filled them."""

    picked: str = ""
    words: str = ""


NOT_SAID = Why()


@dataclass(frozen=True, slots=True)
class _Cause:
    weight: int
    picked: tuple[str, ...]
    words: tuple[str, ...]  # of customers who leave
    courted: tuple[str, ...] = ()  # of firms that never bought; nobody leaves them for this


_CAUSES = (
    _Cause(18, ("Too expensive",), (
        "Third price increase in two years. She said {product} is simply not worth that to them.",
        "Renewal quote came in 18 % higher and nobody had warned them. Too expensive now.",
        "They like {product} but cannot justify what we charge per site.",
        "Asked twice for a smaller package at a lower price, we had none.",
        "CFO compared the cost with what they get out of it and said no.",
    ), (
        "Liked the demo of {product}, but twice what they had set aside for it.",
        "Our quote was the highest of four. Too expensive.",
    )),
    _Cause(9, ("No budget",), (
        "All outside spending frozen until the new fiscal year. Not about us.",
        "Budget cut by a third after a bad quarter, {product} was on the list.",
        "Lost their funding round; they keep only what they cannot run without.",
    ), (
        "No budget this year, the board moved it all into the new building.",
    )),
    _Cause(13, ("Missing feature", "Product fit"), (
        "No connection to their ERP. We said 'next release' three times.",
        "Needs offline entry on the shop floor, {product} cannot do that.",
        "Too complicated for the night shift, they went back to paper after two months.",
        "They run four languages and our forms only do one at a time.",
    ), (
        "Trial went well until they asked for the ERP connection. We have none.",
        "Looked too complex for a team of six.",
    )),
    _Cause(10, ("Quality",), (
        "Two outages during their month-end. The second one cost them a delivery.",
        "Three of the last five units were out of tolerance on arrival.",
        "Lost a week of entries after the update, and support could not restore them.",
        "It got slower with every release; the plant manager stopped opening it.",
    )),
    _Cause(13, ("Support",), (
        "Tickets sat for nine days. He said he had given up calling.",
        "Onboarding never really happened, their project lead was on her own with it.",
        "Replacement parts promised for Tuesday came three weeks later.",
        "Great product, but nobody at our end could answer a technical question.",
    ), (
        "Waited two weeks for our answers to their technical questions.",
    )),
    _Cause(5, ("Relationship",), (
        "She did not want to work with {rep} any more after the meeting in spring.",
        "Felt talked down to on the last call. They were polite about it, but that was it.",
    )),
    _Cause(8, ("Relationship", "Other"), (
        "New contact since last year and none of us ever called her. Heard nothing, so they left.",
        "\"You only ring when the contract is up.\" Hard to argue with that.",
        "No visit since 2 years. They felt like a number.",
    )),
    _Cause(6, ("Misunderstanding", "Other"), (
        "Invoiced for 40 seats, they had agreed to 25 with {rep}. Took us months to correct.",
        "They understood that training was included. It was not.",
    )),
    _Cause(10, ("Lost to competitor",), (
        "{competitor} bundled installation and two years of service into the price.",
        "{competitor} offered monthly terms with no minimum, we insisted on a year.",
        "Moved to {competitor}: newer sensors and an app that their people like.",
    ), (
        "{competitor} threw in the installation and beat our terms.",
    )),
    _Cause(7, ("Lost to competitor",), (
        "Switched to {competitor}.",
        "Went with {competitor}, no further details.",
    ), (
        "Went with {competitor}.",
    )),
    _Cause(9, ("No longer needed",), (
        "Closed that production line, so there is nothing left to measure.",
        "They built their own tool in-house over the summer.",
        "Hardly anyone logged in during the last half year.",
    ), (
        "Decided to do it themselves with spreadsheets.",
    )),
    _Cause(5, ("Timing",), (
        "Wants to look at it again after their ERP migration in spring.",
        "On hold until the new plant opens.",
    ), (
        "Not before next year, they are in the middle of a move.",
    )),
    _Cause(6, ("Company closed", "Acquired"), (
        "Acquired; the new owner standardises on what headquarters uses.",
        "Filed for insolvency last month.",
        "Our sponsor retired and the site was shut.",
    )),
    _Cause(3, ("Duplicate",), ("Duplicate of the other renewal.", "Entered by mistake."), (
        "Test entry, please ignore.",
    )),
    _Cause(12, ("Other", ""), (
        "customer cancelled", "see e-mail", "n/a", "lost", "no response after three calls", "tbd",
    ), (
        "lost", "no response", "n/a", "gone quiet",
    )),
)  # fmt: skip
REASON_LIST = tuple(sorted({picked for cause in _CAUSES for picked in cause.picked if picked}))
"""Every value of the company's reason picklist."""

_ODD_WORDS = (
    "Il a dit que c'était trop cher et que personne ne rappelait jamais.",
    "قالوا إن الخدمة كانت بطيئة جدًا.",
    "He was clear: \"it's not the price, it's the waiting\" 😕",
    'Quote: "we\'d come back tomorrow if <b>support</b> & spares worked" -- see notes; \\o/',
)


def why(rng: Random, product: str, rep: str, bought: bool) -> Why:
    """One loss's reason: nothing at all in one of twelve, no words in one of seven."""
    if rng.random() < 1 / 12:
        return NOT_SAID
    causes = [cause for cause in _CAUSES if bought or cause.courted]
    cause = rng.choices(causes, [one.weight for one in causes])[0]
    picked = rng.choice(cause.picked)
    if rng.random() < 0.06:  # what was quickest to pick
        picked = "Too expensive"
    if rng.random() < 0.02:
        return Why(picked, rng.choice(_ODD_WORDS))
    if rng.random() < 1 / 7:
        return Why(picked)
    words = rng.choice(cause.words if bought else cause.courted)
    return Why(picked, words.format(product=product, rep=rep, competitor=rng.choice(COMPETITORS)))
