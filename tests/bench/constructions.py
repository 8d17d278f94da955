"""Sentences by construction: `{support|the helpdesk} {never answers|is useless}` is four of them.

`constructions.csv` says in few lines what people say in many ways; a spread of each line's
sentences teaches the sense of the language which words can stand for one another.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from math import prod
from pathlib import Path

CONSTRUCTIONS = Path(__file__).parents[1] / "rules" / "constructions.csv"
_OF_EACH = 12
"""Sentences a line: 40 of less weight covered one point more, for a fit twice as long."""
_STRIDE = 7919
"""A prime that divides no line's number of sentences: neighbours differ in most places."""


def constructed() -> Iterator[tuple[str, str]]:
    """Category and sentence."""
    with CONSTRUCTIONS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for sentence in sentences(row["construction"], _OF_EACH):
                yield row["category"], sentence


def sentences(construction: str, most: int) -> list[str]:
    """At most so many sentences, the same ones each time."""
    slots = [part.split("|") for part in re.split(r"[{}]", construction)]
    ways = prod(map(len, slots))
    return [_sentence(slots, turn * _STRIDE % ways) for turn in range(min(most, ways))]


def _sentence(slots: list[list[str]], turn: int) -> str:
    chosen = []
    for alternatives in slots:
        turn, place = divmod(turn, len(alternatives))
        chosen.append(alternatives[place])
    return re.sub(r" +(?=[ ,.?]|$)", "", "".join(chosen)).strip()
