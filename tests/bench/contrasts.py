"""Notes of the fit once more, beside the praise of something else: `{praise}, but {note}`.

What is praised must not count, and only the fit can be told so: few people write such notes.
Made by turns and not by chance, so that the same notes give the same ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_PRAISE = {
    "price": (
        "the price was fine",
        "fair price",
        "price was never the problem",
        "it is not about the money",
        "nobody complained about the cost",
        "not a price issue",
    ),
    "service": (
        "support was great",
        "no complaints about support",
        "the helpdesk was quick",
        "great service",
        "service was never the problem",
        "happy with the help we got",
    ),
    "quality": (
        "the product itself works well",
        "quality is good",
        "no bugs to speak of",
        "it was always reliable",
        "nothing wrong with the quality",
        "solid product",
    ),
    "people": (
        "we like the team",
        "lovely people",
        "friendly staff",
        "our rep was great",
        "nothing against your people",
        "they get on well with us",
    ),
    "product_fit": (
        "it had all the features they wanted",
        "great features",
        "easy to use",
        "the product suited them",
        "functionality is fine",
        "it did what they needed",
    ),
    "neglect": (
        "you were always in touch",
        "our account manager called regularly",
        "we felt well looked after",
    ),
    "misunderstanding": (
        "all was as agreed",
        "invoices were always right",
        "no surprises in the contract",
    ),
}
_TOO_NEAR = {
    "price": {"misunderstanding"},
    "budget": {"price"},
    "better_offer": {"price", "product_fit", "service"},
    "no_need": {"product_fit"},
    "service": {"neglect"},
    "neglect": {"service"},
    "misunderstanding": {"price", "service"},
    "quality": {"product_fit"},
    "product_fit": {"quality"},
}
"""What a note of the category may well blame or mean, so that praising it would be odd."""
_TOGETHER = (
    "{praise}, but {note}",
    "{praise}; {note}",
    "{praise}. {note}",
    "{praise} - {note}",
    "{Praise}. Still, {note}",
    "{praise}, it was just that {note}",
    "Although {praise}, {note}",
    "{Praise}, however {note}",
    "{note}, even though {praise}",
    "{note}. {Praise}, though",
    "{note}. Otherwise {praise}",
)
_SAYS_SO_ITSELF = (
    " but ",
    "however",
    "although",
    "though",
    "not the",
    "great",
    "fine",
    "no issue",
    '"',
)
_RARE = {"invalid", "out_of_hands"}
"""Nobody praises anything when a shop closes down: a third of the others' share."""
_ONE_IN = 3
_LENGTHS = range(3, 15)


def contrasts(notes: Sequence[tuple[str, str]]) -> Iterator[tuple[str, int]]:
    """Of notes and their categories: new notes, each with the place of the one it was made of."""
    fitting = 0
    for place, (note, category) in enumerate(notes):
        if not _fits(note, category) or (category in _RARE and place % _ONE_IN):
            continue
        fitting += 1
        if fitting % _ONE_IN == 0:
            yield _beside_praise(note, category, fitting), place


def _fits(note: str, category: str) -> bool:
    said = any(words in note.lower() for words in _SAYS_SO_ITSELF)
    return category != "unknown" and len(note.split()) in _LENGTHS and not said


def _beside_praise(note: str, category: str, turn: int) -> str:
    others = [
        other
        for other in _PRAISE
        if other != category and other not in _TOO_NEAR.get(category, set())
    ]
    choices = _PRAISE[others[turn * 7 % len(others)]]
    praise = choices[turn // _ONE_IN * 5 % len(choices)]
    together = _TOGETHER[turn // _ONE_IN % len(_TOGETHER)]
    said = note.rstrip(".!")
    if not together.startswith("{note}"):
        said = _within_a_sentence(said)
    return together.format(praise=praise, Praise=praise[0].upper() + praise[1:], note=said)


def _within_a_sentence(note: str) -> str:
    keeps = note[:2].isupper() or note.startswith(("I ", "I'"))
    return note if keeps else note[0].lower() + note[1:]
