"""`python -m tests.bench.voices_left_out`: how right the sense is about voices it never heard.

Each voice of the notes built on is left out in turn, exactly and by one inversion: what ridge
regression would say of the rows left out follows from the inverse of all. Prints, by threshold,
precision, coverage and silence, and what the constants of `rules/words/sense.py` would be if they
were fitted to these scores. Some minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

import numpy as np

from integration.shipped import shipped_reasons
from rules.words.clauses import clauses_of
from rules.words.evidence import Evidence, doubted, weigh
from rules.words.languages import is_english
from rules.words.phrases import PhraseIndex
from rules.words.polarity import LEXICON
from rules.words.sense import shares, weight_and_share
from rules.words.typing_errors import Corrector
from tests.bench.exemplars import Exemplar, alike, exemplars, features
from tests.bench.fit_words import loosened, wanted

THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85)
_STEPS = 20


@dataclass(frozen=True)
class Told:
    """A note whose voice was left out of the fit, and what was found in it."""

    category: str
    scores: dict[str, float]
    evidence: Sequence[Evidence]
    doubted: frozenset[str]
    words: int


def told(given: Sequence[Exemplar]) -> list[Told]:
    index = PhraseIndex({reason.id: reason.phrases for reason in shipped_reasons()})
    corrector = Corrector(index.vocabulary | LEXICON)
    categories = sorted({each.category for each in given})
    found = []
    for each, row in zip(given, left_out(given), strict=True):
        if not each.said or not is_english(each.note):
            continue
        clauses = clauses_of(each.note.strip())
        for clause in clauses:
            corrector.correct(clause)
        evidence = weigh(clauses, index)
        spoken = {part.category for part in evidence if part.weight >= 1}
        unsure = doubted(clauses, index) - spoken
        words = sum(len(clause.tokens) for clause in clauses)
        scores = dict(zip(categories, map(float, row), strict=True))
        found.append(Told(each.category, scores, evidence, unsure, words))
    return found


def left_out(given: Sequence[Exemplar]) -> np.ndarray:
    """A row of scores for each exemplar; zeros for what nobody said."""
    inverse = np.linalg.inv(loosened(alike(list(features(given).blocks.values())), given))
    aim = wanted(given)
    factors = inverse @ aim
    voices = np.array([each.voice for each in given])
    scores = np.zeros_like(aim)
    for voice in set(voices) - {""}:
        (rows,) = np.nonzero(voices == voice)
        scores[rows] = aim[rows] - np.linalg.solve(inverse[np.ix_(rows, rows)], factors[rows])
    return scores


def table(notes: Sequence[Told]) -> list[tuple[float, float, float, float]]:
    """Threshold, precision, coverage, silence."""
    answers = []
    for note in notes:
        likely = shares(note.scores, note.evidence, note.doubted, note.words)
        best = max(likely, key=lambda name: likely[name])
        answers.append((note.category, best, likely[best]))
    return [(threshold, *_quality(answers, threshold)) for threshold in THRESHOLDS]


def _quality(
    answers: Sequence[tuple[str, str, float]], threshold: float
) -> tuple[float, float, float]:
    said = [
        (category, best if share >= threshold else "unknown") for category, best, share in answers
    ]
    spoken = [category == best for category, best in said if best != "unknown"]
    reasons = [category == best for category, best in said if category != "unknown"]
    empty = [category == best for category, best in said if category == "unknown"]
    return float(np.mean(spoken)), float(np.mean(reasons)), float(np.mean(empty))


def constants(notes: Sequence[Told]) -> np.ndarray:
    """Of the sense, a phrase, its share, a doubt, `unknown`, its length: the likeliest ones, found
    by Newton's steps, since there is one summit."""
    names = sorted(notes[0].scores)
    parts = np.array([[_parts(note, name) for name in names] for note in notes])
    right = np.array([[note.category == name for name in names] for note in notes], float)
    found = np.array([8.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    for _ in range(_STEPS):
        odds = parts @ found
        likely = np.exp(odds - odds.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        mean = np.einsum("nc,nck->nk", likely, parts)
        slope = np.einsum("nc,nck->k", likely - right, parts)
        bend = np.einsum("nc,nck,ncl->kl", likely, parts, parts) - mean.T @ mean
        found -= np.linalg.solve(bend, slope)
    return found


def _parts(note: Told, name: str) -> tuple[float, ...]:
    spoken = (weight_and_share(each, note.words) for each in note.evidence if each.category == name)
    weight, share = next(spoken, (0.0, 0.0))
    unknown = name == "unknown"
    return (
        note.scores[name],
        weight,
        weight * share,
        -float(name in note.doubted),
        float(unknown),
        -log1p(note.words) * unknown,
    )


def main() -> None:
    notes = told(exemplars())
    for row in table(notes):
        print("threshold {:.2f}: precision {:.3f}, coverage {:.3f}, silence {:.3f}".format(*row))
    print("constants:", np.round(constants(notes), 2))


if __name__ == "__main__":
    main()
