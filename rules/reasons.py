"""Why a customer left, in one of the admin's categories: first what was picked, then the words.

Never guess: what is unsure is `unknown`, and a person asks. Who won is told apart from why
(a competitor alone is no reason). The phrases and picklist values belong to the admin; what
reads them is in `rules.words`, and a fitted sense of the language may stand beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rules.ruleset import Reason
from rules.words.clauses import Clause, clauses_of
from rules.words.competitors import SOMEBODY, competitor_in
from rules.words.evidence import Evidence, doubted, taken_back, weigh
from rules.words.languages import is_english
from rules.words.phrases import PhraseIndex
from rules.words.polarity import LEXICON
from rules.words.sense import Reading, Sense, read
from rules.words.typing_errors import Corrector

UNKNOWN = "unknown"
_ENOUGH = 1.0
"""Weight from which a category counts as said; a hedged or half-denied mention lies below."""
_SECOND_SHARE = 0.25
_PICKED = 0.95
_REMEMBERED = 512
"""Answers kept, few enough for long notes: many customers say the same, or nothing."""


@dataclass(frozen=True, slots=True)
class Classified:
    """`confidence` is 0 to 1, and 0 for unknown. `disagrees`: the words say another category
    than the one that was picked, which stays."""

    category: str
    second: str | None
    competitor: str | None
    confidence: float
    because: str
    disagrees: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    category: str
    second: str | None
    confidence: float
    because: str
    every: frozenset[str] = frozenset()


class Categoriser:
    """Built once from the admin's reasons; `classify` has no side effects and may be shared."""

    def __init__(
        self,
        reasons: tuple[Reason, ...],
        competitors: tuple[str, ...] = (),
        sense: Sense | None = None,
    ) -> None:
        self._competitors = competitors
        self._sense = sense
        self._by_value = {
            _folded(value): reason.id
            for reason in reasons
            for value in (*reason.values, reason.label, reason.id)
        }
        self._labels = {reason.id: reason.label for reason in reasons}
        self._index = PhraseIndex({reason.id: reason.phrases for reason in reasons})
        self._corrector = Corrector(self._index.vocabulary | LEXICON)
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._classify)
        self._weighed = lru_cache(maxsize=_REMEMBERED)(self._weigh)

    def classify(
        self, picked: str | None, words: str | None, *, by_phrases: bool = False
    ) -> Classified:
        """The category of a loss from the picked reason (`;`-joined for several) and the words.
        With `by_phrases` the sense of the language is left out: it takes some milliseconds."""
        return self._remembered(picked, words, by_phrases)

    def foresee(self, notes: Iterable[str]) -> None:
        """These will be read: the sense of the language may begin with them."""
        if self._sense is None:
            return
        asked = []
        for note in filter(is_english, map(str.strip, notes)):
            clauses, weighed = self._weighed(note)
            if not self._is_beyond_doubt(_spoken(weighed), self._sense):
                asked.append((note, clauses))
        self._sense.foresee(asked)

    def _classify(self, picked: str | None, words: str | None, by_phrases: bool) -> Classified:
        sense = None if by_phrases else self._sense
        note = (words or "").strip()
        chosen = [part.strip() for part in (picked or "").split(";") if part.strip()]
        codes = list(dict.fromkeys(self._by_value.get(_folded(part), "") for part in chosen))
        known = [code for code in codes if code not in {"", UNKNOWN}]
        said = self._words_say(note, sense)
        competitor = self._competitor(note, chosen)
        if known:
            return self._from_code(chosen, known, said, competitor)
        if said.category == UNKNOWN and chosen:
            unmapped = self._words_say("; ".join(chosen), sense) if "" in codes else said
            said = unmapped if unmapped.category != UNKNOWN else said
        return Classified(said.category, said.second, competitor, said.confidence, said.because)

    def _from_code(
        self, chosen: list[str], known: list[str], said: _Said, competitor: str | None
    ) -> Classified:
        category = known[0]
        second = known[1] if len(known) > 1 else None
        because = f'"{"; ".join(chosen)}" was picked'
        if said.category == UNKNOWN or said.category in known:
            if second is None and said.second not in {None, category}:
                second = said.second
            return Classified(category, second, competitor, _PICKED, because)
        if category in said.every:
            other = said.category if second is None else second
            return Classified(category, other, competitor, _PICKED, because)
        label = self._labels.get(said.category, said.category)
        because = f"{because}, but the words say {label} ({said.category}): {said.because}"
        return Classified(category, second, competitor, 0.6, because, disagrees=True)

    def _words_say(self, note: str, sense: Sense | None) -> _Said:
        if not note:
            return _Said(UNKNOWN, None, 0.0, "no words and no reason picked")
        if not is_english(note):
            return _Said(UNKNOWN, None, 0.0, "not English")
        clauses, weighed = self._weighed(note)
        found = [each for each in weighed if each.category != UNKNOWN]
        said = _spoken(weighed)
        if sense is None or self._is_beyond_doubt(said, sense):
            return _by_phrases(found, said)
        spoken = {each.category for each in said}
        unsure = doubted(clauses, self._index) - spoken
        words = sum(len(clause.tokens) for clause in clauses)
        reading = read(sense.scores(note, clauses), weighed, unsure, words)
        denied = taken_back(clauses, self._index) - spoken
        if reading.category not in self._labels.keys() - denied:
            return _Said(UNKNOWN, None, 0.0, _why_not(found))  # also where the admin took it out
        category, second = _ranked(reading, said)
        quoted = next((each.words for each in found if each.category == category), None)
        quoted = quoted or sense.telling(note, clauses, category)
        every = frozenset({category, *spoken})
        second = second if second in self._labels else None
        confidence = round(min(0.97, reading.share), 2)
        return _Said(category, second, confidence, f'the words "{quoted}"', every)

    def _weigh(self, note: str) -> tuple[list[Clause], list[Evidence]]:
        clauses = clauses_of(note)
        for clause in clauses:
            self._corrector.correct(clause)
        return clauses, weigh(clauses, self._index)

    def _is_beyond_doubt(self, said: list[Evidence], sense: Sense) -> bool:
        """An admin's own phrase."""
        return bool(said) and (said[0].category, said[0].phrase) not in sense.phrases

    def _competitor(self, note: str, chosen: list[str]) -> str | None:
        found = competitor_in(note, self._competitors, self._corrector.knows) if note else None
        if found is not None and found != SOMEBODY:
            return found
        for part in chosen:
            named = competitor_in(part, self._competitors, self._corrector.knows)
            if named is not None:
                return named
            if re.search(r"\bcompetit(?:or|ors|ion)\b", part, re.IGNORECASE):
                found = SOMEBODY
        return found


def _spoken(weighed: list[Evidence]) -> list[Evidence]:
    """The phrases' evidence that is enough to go by."""
    return [each for each in weighed if each.category != UNKNOWN and each.weight >= _ENOUGH]


def _ranked(reading: Reading, said: list[Evidence]) -> tuple[str, str | None]:
    """First and second. Of two that the note says outright, the phrases know the weightier."""
    said_first = [each.category for each in said]
    likely = [each for each in (reading.category, reading.second) if each is not None]
    if len(likely) == 2 and set(likely) <= set(said_first):
        likely.sort(key=said_first.index)
    rest = (each for each in said_first if each != likely[0])
    return likely[0], likely[1] if len(likely) == 2 else next(rest, None)


def _by_phrases(found: list[Evidence], said: list[Evidence]) -> _Said:
    if not said:
        return _Said(UNKNOWN, None, 0.0, _why_not(found))
    best = said[0]
    others = [each for each in said[1:] if each.weight >= _SECOND_SHARE * best.weight]
    second = others[0].category if others else None
    because = f'the words "{best.words}"'
    confidence = _confidence(best, others[0] if others else None)
    every = frozenset(each.category for each in said)
    return _Said(best.category, second, confidence, because, every)


def _confidence(best: Evidence, other: Evidence | None) -> float:
    strength = min(0.97, 0.55 + 0.15 * best.weight)
    if other is not None:
        strength -= 0.15 * other.weight / best.weight
    return round(max(0.5, strength), 2)


def _why_not(found: list[Evidence]) -> str:
    if found:
        return f'the words "{found[0].words}" are too unsure to go by'
    return "nothing says why"


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
