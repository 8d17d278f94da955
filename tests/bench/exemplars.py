"""What the sense of the language is fitted to: notes, sentences by construction, contrasts.

The shipped phrases are left out: as notes of little weight they made the kept-apart ones worse.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np

from integration.encoding import vectors_of
from integration.fitted import (
    COUNTING,
    COUNTING_PAIRS,
    SPELLING,
    WHOLE,
    WHOLE_PAIRS,
    weighted,
)
from integration.pairs import pairs
from integration.shipped import shipped_reasons
from rules.words.clauses import clauses_of
from rules.words.features import spelling_of, what_counts, words_of
from rules.words.phrases import PhraseIndex
from rules.words.polarity import LEXICON
from rules.words.typing_errors import Corrector
from tests.bench.constructions import constructed
from tests.bench.contrasts import contrasts

NOTES = Path(__file__).parents[1] / "rules" / "notes_built_on.csv"
_OF_A_CONSTRUCTION = 0.5
"""With 0.2 the same sentences brought voices that were left out a third as much."""
_OF_A_CONTRAST = 0.4
_DIRECTIONS = 96
"""They hold three quarters of what the vectors say; the pairs grow with their square."""
_WORDS_SEEN_IN, _SPELLING_SEEN_IN = 2, 3
"""Notes that a word, or a piece of one, must stand in to count."""
_OFTEN = 0.02


@dataclass(frozen=True)
class Exemplar:
    """`voice` is empty for what nobody said."""

    note: str
    category: str
    weight: float
    voice: str
    said: bool = True


def exemplars() -> list[Exemplar]:
    with NOTES.open(encoding="utf-8", newline="") as file:
        notes = [
            Exemplar(row["note"], row["category"], 1.0, row["voice"])
            for row in csv.DictReader(file)
        ]
    beside_praise = [
        Exemplar(note, notes[place].category, _OF_A_CONTRAST, notes[place].voice, said=False)
        for note, place in contrasts([(each.note, each.category) for each in notes])
    ]
    sentences = [
        Exemplar(sentence, category, _OF_A_CONSTRUCTION, "", said=False)
        for category, sentence in constructed()
    ]
    return notes + beside_praise + sentences


@dataclass(frozen=True)
class Features:
    """A row for each exemplar in each block, weighed as the sense weighs them."""

    blocks: dict[str, np.ndarray]
    listed: dict[str, dict[str, float]]
    """The words and the pieces of words that count, in order, each with its rarity."""
    directions: np.ndarray
    """Those of the encoder's vectors that are paired, as they are stored."""


def features(given: Sequence[Exemplar]) -> Features:
    index = PhraseIndex({reason.id: reason.phrases for reason in shipped_reasons()})
    corrector = Corrector(index.vocabulary | LEXICON)
    counting, words = [], []
    for each in given:
        clauses = clauses_of(each.note.strip())
        for clause in clauses:
            corrector.correct(clause)
        counting.append(what_counts(each.note, clauses))
        words.append(Counter(word for clause in clauses for word in words_of(clause)))
    spelling = [Counter(spelling_of(each.note)) for each in given]
    listed = {
        "words": _rarity(words, _WORDS_SEEN_IN),
        "spelling": _rarity(spelling, _SPELLING_SEEN_IN),
    }
    whole = vectors_of([each.note for each in given])
    counted = vectors_of(counting)
    directions = _directions(whole[[each.said for each in given]])
    turning = directions.astype(np.float32)
    return Features(
        {
            "whole": WHOLE * whole,
            "counting": COUNTING * counted,
            "whole_pairs": WHOLE_PAIRS * pairs(whole, turning),
            "counting_pairs": COUNTING_PAIRS * pairs(counted, turning),
            "words": _rows(words, listed["words"]),
            "spelling": SPELLING * _rows(spelling, listed["spelling"]),
        },
        listed,
        directions,
    )


def _directions(vectors: np.ndarray) -> np.ndarray:
    """Where what was said differs most: a column for each direction, the widest first."""
    _, columns = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
    return columns[:, : -_DIRECTIONS - 1 : -1].astype(np.float16)


def _rarity(counts: Sequence[Counter[str]], seen_in: int) -> dict[str, float]:
    seen = Counter(word for each in counts for word in each)
    kept = sorted(word for word, times in seen.items() if times >= seen_in)
    return {word: log((1 + len(counts)) / (1 + seen[word])) + 1 for word in kept}


def _rows(counts: Sequence[Counter[str]], rarity: dict[str, float]) -> np.ndarray:
    columns = {word: column for column, word in enumerate(rarity)}
    rows = np.zeros((len(counts), len(columns)), np.float32)
    for row, each in enumerate(counts):
        for word, weight in weighted(each, rarity).items():
            rows[row, columns[word]] = weight
    return rows


def alike(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """The products of all pairs of rows. Most words stand in few notes: those word by word."""
    rows = len(blocks[0])
    gram = np.zeros((rows, rows), np.float32)
    for block in blocks:
        often = np.count_nonzero(block, axis=0) > _OFTEN * rows
        common = block[:, often]
        gram += common @ common.T
        for column in block[:, ~often].T:
            (places,) = column.nonzero()
            gram[np.ix_(places, places)] += np.outer(column[places], column[places])
    return gram
