"""The weights that were fitted to many notes, and what they say of one."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from math import log, sqrt
from typing import Any

from integration.encoding import vectors_of
from integration.pairs import pairs
from rules.words.features import Features, spelling_of

WEIGHTS = "sense.npz"
WHOLE, COUNTING, SPELLING = 0.97, 0.81, 0.8
WHOLE_PAIRS, COUNTING_PAIRS = 1.06, 0.89
"""How much the whole note, the part that counts, the pairs of both and the spelling weigh beside
the words."""


_Vectors = tuple[Any, Any]
"""The encoder's of a text, and its pairs."""


@dataclass(frozen=True, slots=True)
class Scored:
    """By category: how much the note is like it, and which of its clauses speaks most for it.
    A note without a clause has none that does."""

    scores: dict[str, float]
    telling: dict[str, int]


@functools.cache
def fitted() -> Fitted:
    return Fitted()


class Fitted:
    """Linear in the encoder's two vectors and their pairs, in the note's words and in their
    spelling. Reads its file when it is made."""

    def __init__(self) -> None:
        import numpy as np  # noqa: PLC0415 (only where notes are scored)

        with (
            resources.files("integration").joinpath(WEIGHTS).open("rb") as file,
            np.load(file, allow_pickle=False) as stored,
        ):
            self._categories = [str(each) for each in stored["categories"]]
            self._whole, self._counting, self._whole_pairs, self._counting_pairs = (
                stored[name].astype(np.float32)
                for name in ("whole", "counting", "whole_pairs", "counting_pairs")
            )
            self._directions = stored["directions"].astype(np.float32)
            self._words = _Bag(stored, "words")
            self._spelling = _Bag(stored, "spelling")

    def scored(self, notes: Sequence[Features]) -> list[Scored]:
        """Together, which is quicker than one by one."""
        texts = list(dict.fromkeys(text for each in notes for text in (each.note, each.counting)))
        vectors = vectors_of(texts)
        paired = pairs(vectors, self._directions)
        both = dict(zip(texts, zip(vectors, paired, strict=True), strict=True))
        return [self._scored(each, both[each.note], both[each.counting]) for each in notes]

    def _scored(self, given: Features, whole: _Vectors, counting: _Vectors) -> Scored:
        found = WHOLE * whole[0] @ self._whole + WHOLE_PAIRS * whole[1] @ self._whole_pairs
        found += COUNTING * counting[0] @ self._counting
        found += COUNTING_PAIRS * counting[1] @ self._counting_pairs
        found += self._words.score(word for clause in given.words for word in clause)
        found += SPELLING * self._spelling.score(spelling_of(given.note))
        likely = (round(float(each), 4) for each in found)  # a batch shows in the digits behind
        return Scored(dict(zip(self._categories, likely, strict=True)), self._telling(given))

    def _telling(self, given: Features) -> dict[str, int]:
        spoken = [self._words.sum(clause) for clause in given.words]
        clauses = range(len(spoken))
        return {
            category: max(clauses, key=lambda clause: float(spoken[clause][column]))
            for column, category in enumerate(self._categories)
            if spoken
        }


class _Bag:
    """Weights of the words, or of the pieces of words, that the notes of the fit have."""

    def __init__(self, stored: Mapping[str, Any], name: str) -> None:
        self._weights = stored[name].astype("float32")
        self._rows = {str(each): row for row, each in enumerate(stored[f"{name}_listed"])}
        self._idf = dict(zip(self._rows, map(float, stored[f"{name}_idf"]), strict=True))

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
