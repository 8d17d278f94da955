"""A rule set as replays use it: it decides as always, and spares what nobody would read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType

from rules.reasons import Categoriser, Classified
from rules.rulebook import Rulebook
from rules.templates import Template, compile_template

Asked = tuple[str | None, str | None, bool]
"""What a categoriser is asked: the picked reason, the words, and whether phrases are enough."""


class Recalling(Categoriser):
    """Knows what some notes were read as before: reading a note anew takes longer than all else."""

    recalled: Mapping[Asked, Classified] = MappingProxyType({})

    def classify(
        self, picked: str | None, words: str | None, *, by_phrases: bool = False
    ) -> Classified:
        known = self.recalled.get((picked, words, by_phrases))
        return known or super().classify(picked, words, by_phrases=by_phrases)


@dataclass(frozen=True)
class CountingBook(Rulebook):
    """A rule set for replays: every loss is worked on, nobody is nudged for what nobody could
    answer, and a text is written only where it is read."""

    reads_alike: frozenset[int] = frozenset()
    """Revisions by which a note is read as it is by these rules."""
    writes: bool = False
    """Whether texts are read: where two rule files are held against each other."""

    @classmethod
    def of(
        cls, book: Rulebook, reads_alike: frozenset[int] = frozenset(), *, writes: bool = False
    ) -> CountingBook:
        rules = replace(
            book.rules,
            company=replace(book.rules.company, first_day=date.min),
            interview=replace(book.rules.interview, nudge_after=None),
        )
        return cls(rules, book.revision, sense=book.sense, reads_alike=reads_alike, writes=writes)

    @cached_property
    def categoriser(self) -> Recalling:
        return Recalling(self.rules.reasons, self.rules.competitors, self.sense)

    @cached_property
    def before(self) -> Rulebook:
        """The same for the days before the window, whose losses are history."""
        company = replace(self.rules.company, first_day=date.max)
        return self.with_rules(replace(self.rules, company=company))

    def text(self, source: str, *, one_line: bool) -> Template:
        return super().text(source, one_line=one_line) if self.writes else _SILENCE


_SILENCE = compile_template("", one_line=True)
