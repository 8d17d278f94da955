"""`python -m tests.bench.fit_words`: fit the sense of the language anew to the notes built on.

Ridge regression of each category's yes or no, solved exactly: the same notes give the same
weights. The shipped phrases and some sentences of each construction are notes, too, of less
weight. Writes `integration/sense.npz`.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np

import integration
from integration.encoding import in_this_process
from integration.sense import COUNTING, WEIGHTS, WHOLE, weighted
from integration.shipped import shipped_reasons
from rules.words.clauses import clauses_of
from rules.words.features import what_counts, words_of
from rules.words.phrases import PhraseIndex
from rules.words.polarity import LEXICON
from rules.words.typing_errors import Corrector
from tests.bench.constructions import constructed

NOTES = Path(__file__).parents[1] / "rules" / "notes_built_on.csv"
_OF_A_PHRASE = 0.4
_OF_A_CONSTRUCTION = 0.5
"""With 0.2 the same sentences brought voices that were left out a third as much."""
_STIFFNESS = 0.3
_SEEN_IN = 2
"""Notes that a word must stand in to count."""


@dataclass(frozen=True)
class Exemplar:
    note: str
    category: str
    weight: float


def exemplars() -> list[Exemplar]:
    with NOTES.open(encoding="utf-8", newline="") as file:
        notes = [Exemplar(row["note"], row["category"], 1.0) for row in csv.DictReader(file)]
    phrases = [
        Exemplar(text.strip("~").replace(" * ", " the "), reason.id, _OF_A_PHRASE)
        for reason in shipped_reasons()
        for text in (*reason.phrases, *reason.values)
    ]
    sentences = [
        Exemplar(sentence, category, _OF_A_CONSTRUCTION) for category, sentence in constructed()
    ]
    return notes + phrases + sentences


def fitted(given: list[Exemplar]) -> dict[str, np.ndarray]:
    index = PhraseIndex({reason.id: reason.phrases for reason in shipped_reasons()})
    corrector = Corrector(index.vocabulary | LEXICON)
    counting, counts = [], []
    for each in given:
        clauses = clauses_of(each.note)
        for clause in clauses:
            corrector.correct(clause)
        counting.append(what_counts(each.note, clauses))
        counts.append(Counter(word for clause in clauses for word in words_of(clause)))
    seen = Counter(word for words in counts for word in words)
    vocabulary = sorted(word for word, times in seen.items() if times >= _SEEN_IN)
    idf = {word: log((1 + len(given)) / (1 + seen[word])) + 1 for word in vocabulary}
    rows = {word: row for row, word in enumerate(vocabulary)}
    words = np.zeros((len(given), len(vocabulary)), np.float32)
    for place, each_count in enumerate(counts):
        for word, weight in weighted(each_count, idf).items():
            words[place, rows[word]] = weight
    vectors = {
        "whole": WHOLE * in_this_process([each.note for each in given]),
        "counting": COUNTING * in_this_process(counting),
    }
    categories = sorted({each.category for each in given})
    wanted = np.array([[each.category == name for name in categories] for each in given], float)
    gram = _alike_in_words(words)
    for block in vectors.values():
        gram += block @ block.T
    gram[np.diag_indices(len(given))] += _STIFFNESS / np.array([each.weight for each in given])
    factors = np.linalg.solve(gram, wanted).astype(np.float32)
    return {
        **{
            name: (block.T @ factors).astype(np.float16)
            for name, block in {**vectors, "words": words}.items()
        },
        "categories": np.array(categories),
        "vocabulary": np.array(vocabulary),
        "idf": np.array([idf[word] for word in vocabulary], np.float16),
    }


def _alike_in_words(words: np.ndarray) -> np.ndarray:
    """The products of all pairs of rows, word by word: most words stand in few notes."""
    gram = np.zeros((len(words), len(words)))
    for column in words.T:
        (places,) = column.nonzero()
        gram[np.ix_(places, places)] += np.outer(column[places], column[places])
    return gram


def main() -> None:
    given = exemplars()
    out = Path(str(integration.__file__)).with_name(WEIGHTS)
    np.savez_compressed(out, allow_pickle=False, **fitted(given))
    print(f"{len(given)} notes and phrases, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
