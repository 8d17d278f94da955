"""Scores of notes by the fitted weights, each worked out once.

Working them out takes numpy, the weights and the encoder (`integration.fitted`), which make a
process 90 MB larger. So processes that stay have it done in one apart
(`integration.scoring_apart`), and only commands that end do it themselves.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future

import msgspec

from integration.fitted import Scored, fitted
from rules.words.features import Features

NOTES_AT_ONCE = 8
"""Few enough that the first note need not wait for the last, enough to be quicker than one by
one: together they take a third of the time."""
REMEMBERED = 2_000
"""Notes; one takes 3 kB."""

Begin = Callable[[Sequence[bytes]], Future[list[Scored]]]
"""Begins to score notes, each as `written` writes it."""

written = msgspec.json.Encoder().encode
"""A note's features as JSON on one line: what is remembered, and what goes to the process apart."""

_read = msgspec.json.Decoder(Features).decode


class Scorer:
    """Scores of notes. May be used from several threads."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._known: OrderedDict[bytes, tuple[Future[list[Scored]], int]] = OrderedDict()
        self._lock = threading.Lock()  # others may push a note out before it is looked up

    def __len__(self) -> int:
        """How many notes' scores are at hand, or on their way."""
        return len(self._known)

    def foresee(self, notes: Iterable[Features]) -> None:
        """These will be asked for."""
        keys = [written(note) for note in notes]
        with self._lock:
            self._foresee(keys)

    def score(self, note: Features) -> Scored:
        key = written(note)
        with self._lock:
            self._foresee([key])
            scored, place = self._known[key]
        return scored.result()[place]

    def _foresee(self, keys: Sequence[bytes]) -> None:
        known = self._known
        new = list(dict.fromkeys(key for key in keys if key not in known))
        for first in range(0, len(new), NOTES_AT_ONCE):
            part = new[first : first + NOTES_AT_ONCE]
            scored = self._begin(part)
            for place, key in enumerate(part):
                known[key] = (scored, place)
        while len(known) > REMEMBERED:
            known.popitem(last=False)


def begin_here(notes: Sequence[bytes]) -> Future[list[Scored]]:
    """In this process, and at once."""
    done: Future[list[Scored]] = Future()
    done.set_result(scored_here(notes))
    return done


def scored_here(notes: Sequence[bytes]) -> list[Scored]:
    return fitted().scored([_read(note) for note in notes])
