"""Phrases of an admin, matched by stem, in order, with small gaps.

`lack of features` is also found in "lacks some basic features". `*` stands for one to four
words of any kind. A phrase that starts with `~` only names the matter (`~customer support`):
it counts where the clause blames it, calls it the cause, or says nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rules.words.clauses import Clause, tokens_of
from rules.words.english import FILLERS

_WILDEST = 4
_LONGEST_GAP = 3
_ARTICLES = frozenset({"a", "an", "the"})
_PRONOUNS = frozenset(
    {"we", "they", "i", "you", "he", "she", "it", "my", "our", "your", "their", "his", "her", "its"}
)


@dataclass(frozen=True, slots=True)
class Phrase:
    category: str
    text: str
    words: tuple[str, ...]  # stems and `*`, without articles
    topic: bool  # only names the matter

    @property
    def literal(self) -> int:
        """How exact it is: the words that are not wild, fillers counting less."""
        plain = [word for word in self.words if word != "*"]
        return sum(1 if word in FILLERS else 3 for word in plain)


@dataclass(frozen=True, slots=True)
class Hit:
    phrase: Phrase
    start: int
    end: int  # one past the last word

    def clashes(self, other: Hit) -> bool:
        """Whether both claim a word for different things."""
        same = (self.phrase.category, self.phrase.topic)
        overlap = self.start < other.end and other.start < self.end
        return overlap and same != (other.phrase.category, other.phrase.topic)


class PhraseIndex:
    """All phrases by their rarest word, so that a clause meets few of them."""

    def __init__(self, phrases_by_category: Mapping[str, Iterable[str]]) -> None:
        self.phrases = tuple(
            phrase
            for category, texts in phrases_by_category.items()
            for text in texts
            if (phrase := _compiled(category, text)).words
        )
        counts = Counter(word for phrase in self.phrases for word in set(phrase.words))
        self._by_word: dict[str, list[Phrase]] = {}
        for phrase in self.phrases:
            literals = set(phrase.words) - {"*"}
            if literals:
                rarest = min(literals, key=lambda word: (counts[word], word))
                self._by_word.setdefault(rarest, []).append(phrase)

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word of every phrase, as it is written there."""
        texts = (phrase.text for phrase in self.phrases)
        return frozenset(token.text for text in texts for token in tokens_of(text)) - {"*"}

    def hits(self, clause: Clause) -> list[Hit]:
        """What the clause says, complaints before topics and the most exact phrase first; no
        word speaks for two categories."""
        words = [token.stem for token in clause.tokens]
        stems = clause.stems | {"*"}
        found = [
            hit
            for word in clause.stems
            for phrase in self._by_word.get(word, ())
            if stems.issuperset(phrase.words) and (hit := _find(phrase, words)) is not None
        ]
        found.sort(
            key=lambda hit: (hit.phrase.topic, -hit.phrase.literal, hit.start, hit.phrase.text)
        )
        kept: list[Hit] = []
        for hit in found:
            if not any(hit.clashes(other) for other in kept):
                kept.append(hit)
        return kept


def _compiled(category: str, text: str) -> Phrase:
    """Articles go, and pronouns that only say who speaks: reps and customers differ in them."""
    tokens = [token for token in tokens_of(text) if token.text not in _ARTICLES]
    telling = [token for token in tokens if token.stem not in FILLERS and token.stem != "*"]
    if len(telling) > 1:
        last = len(tokens) - 1
        tokens = [
            token
            for place, token in enumerate(tokens)
            if place == last or token.text not in _PRONOUNS
        ]
    return Phrase(category, text, tuple(token.stem for token in tokens), text.startswith("~"))


def _find(phrase: Phrase, words: list[str]) -> Hit | None:
    for start in range(len(words)):
        end = _match(phrase.words, 0, words, start)
        if end is not None:
            return Hit(phrase, start, end)
    return None


def _match(pattern: tuple[str, ...], at: int, words: list[str], place: int) -> int | None:
    """One past the last matched word when `pattern[at:]` starts exactly at `place`."""
    if at == len(pattern):
        return place
    if pattern[at] == "*":
        for taken in range(1, _WILDEST + 1):
            if place + taken > len(words):
                return None
            end = _match(pattern, at + 1, words, place + taken)
            if end is not None:
                return end
        return None
    gap = 0
    while place < len(words):
        if words[place] == pattern[at]:
            end = _match(pattern, at + 1, words, place + 1)
            if end is not None:
                return end
        if at == 0 or words[place] not in FILLERS or gap == _LONGEST_GAP:
            return None
        gap += 1
        place += 1
    return None
