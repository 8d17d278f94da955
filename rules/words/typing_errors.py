"""Typing errors: a word that no list knows, one slip away from a word that matters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import OSA

from rules.words.clauses import Clause, Token
from rules.words.confusable import CONFUSABLE
from rules.words.english import FILLERS, stem
from rules.words.places import PLACES

_SHORTEST = 5
_TWO_SLIPS_FROM = 9
_GOING = frozenset({stem("move"), stem("relocate"), stem("emigrate")})


class Corrector:
    """Knows the words that matter; anything else that is close to just one of them is it."""

    def __init__(self, words: Iterable[str]) -> None:
        known = set(words)
        self._stems = frozenset(map(stem, known)) | FILLERS
        self._by_first: dict[str, list[str]] = defaultdict(list)
        for word in sorted(known):
            if len(word) >= _SHORTEST - 1:
                self._by_first[word[0]].append(word)
        self._corrected = lru_cache(maxsize=20_000)(self._look_up)

    def correct(self, clause: Clause) -> None:
        """Give each mistyped word of the clause the stem of the word that was meant."""
        tokens = [self._meant(token) for token in clause.tokens]
        for place, token in enumerate(tokens):
            if token.text in PLACES and _goes(tokens[max(0, place - 4) : place]):
                tokens[place] = Token(token.text, stem("abroad"))  # "moved to Spain"
        clause.tokens = tokens
        clause.stems = frozenset(token.stem for token in tokens)

    def knows(self, word: str) -> bool:
        """Whether it is a word of the lists, rightly or wrongly typed."""
        found = stem(word)
        return found in self._stems or word in CONFUSABLE or stem(self._corrected(word)) != found

    def _meant(self, token: Token) -> Token:
        if token.stem in self._stems or len(token.text) < _SHORTEST:
            return token
        meant = self._corrected(token.text)
        return token if meant == token.text else Token(token.text, stem(meant), meant)

    def _look_up(self, word: str) -> str:
        if len(word) < _SHORTEST or word in CONFUSABLE or not word.isalpha():
            return word
        slips = 2 if len(word) >= _TWO_SLIPS_FROM else 1
        best: dict[int, dict[str, str]] = defaultdict(dict)
        for known in self._by_first.get(word[0], ()):
            if abs(len(known) - len(word)) <= slips:
                distance = OSA.distance(word, known, score_cutoff=slips)
                if distance <= slips:
                    best[distance].setdefault(stem(known), known)
        nearest = best[min(best)] if best else {}
        return next(iter(nearest.values())) if len(nearest) == 1 else word


def _goes(before: list[Token]) -> bool:
    return any(token.stem in _GOING for token in before)
