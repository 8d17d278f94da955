"""How right the categoriser is, and how often it speaks: phrases alone, and with the model.

Limits are the least that issue 4 asks for; they are shown as the share that is wrong, left out or
spoken of in vain, so that less is better as everywhere in these figures.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from integration.sense import installed, shipped_sense
from integration.shipped import shipped_reasons
from rules.reasons import UNKNOWN, Categoriser, Classified
from tests.bench.figures import Figure, Figures

_NOTES = Path(__file__).parents[1] / "rules"
KEPT_APART = _NOTES / "notes_kept_apart.csv"
HELD_OUT = _NOTES / "notes_held_out.csv"
UNSEEN = _NOTES / "notes_unseen.csv"
PLAIN = _NOTES / "notes_plain.csv"
BUILT_ON = _NOTES / "notes_built_on.csv"

Say = Callable[[str], None]
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares of 1. Precision counts every note that was put into a category; coverage those that
    say a reason and got the right one; silence those that say none and stayed unknown."""

    precision: float
    coverage: float
    silence: float
    competitors: float
    notes_a_second: float


def measured(categoriser: Categoriser, path: Path) -> Quality:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    categoriser.classify(None, "the first note, which loads what is needed")
    began = time.perf_counter()
    answers = [(row, categoriser.classify(None, row["note"])) for row in rows]
    took = time.perf_counter() - began
    named = sum(bool(row["competitor"]) == bool(got.competitor) for row, got in answers)
    return Quality(
        precision=_right([(r, got) for r, got in answers if got.category != UNKNOWN]),
        coverage=_right([(r, got) for r, got in answers if r["category"] != UNKNOWN]),
        silence=_right([(r, got) for r, got in answers if r["category"] == UNKNOWN]),
        competitors=named / len(answers),
        notes_a_second=len(rows) / took,
    )


def _right(answers: Sequence[tuple[Row, Classified]]) -> float:
    return sum(row["category"] == got.category for row, got in answers) / max(1, len(answers))


def measure(say: Say) -> Figures:
    choices = {"phrases": Categoriser(shipped_reasons())}
    if installed():
        choices["phrases and model"] = Categoriser(shipped_reasons(), sense=shipped_sense())
    figures: Figures = {}
    for name, categoriser in choices.items():
        for path in (KEPT_APART, HELD_OUT, UNSEEN, PLAIN, BUILT_ON):
            say(f"{name}, {path.stem}")
            asked = path == KEPT_APART and (name != "phrases" or len(choices) == 1)
            figures |= _figures(f"{name}, {path.stem}", measured(categoriser, path), asked=asked)
    return figures


def _figures(name: str, found: Quality, *, asked: bool) -> Figures:
    shares = {
        "wrong": (1 - found.precision, 0.05),
        "reasons_missed": (1 - found.coverage, 0.25),
        "empty_phrases_taken": (1 - found.silence, 0.05),
    }
    return {
        **{
            f"{name}: {what}": Figure(round(share, 3), limit if asked else None)
            for what, (share, limit) in shares.items()
        },
        f"{name}: notes_a_second": Figure(round(found.notes_a_second)),
    }
