"""A rule set made ready to decide: its categoriser and its task texts, built once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from rules.playbook import Playbook
from rules.reasons import Categoriser
from rules.ruleset import Reason, RuleSet
from rules.templates import Template, compile_template
from rules.words.sense import Sense


@dataclass(frozen=True)
class Rulebook:
    """The rules that are in force, and the revision that decisions carry."""

    rules: RuleSet
    revision: int = 0
    earlier: Mapping[tuple[int, str], Playbook] = field(default_factory=dict)
    """Playbooks of earlier revisions, by revision and name: a recovery keeps its own."""
    sense: Sense | None = None
    """The sense of the language that stands beside the phrases, where there is one."""

    @cached_property
    def categoriser(self) -> Categoriser:
        return _categoriser(self.rules.reasons, self.rules.competitors, self.sense)

    def with_rules(self, rules: RuleSet) -> Rulebook:
        """A book of other rules with the same categories, which are not made ready anew."""
        other = replace(self, rules=rules)
        other.__dict__["categoriser"] = self.categoriser
        return other

    @cached_property
    def playbooks(self) -> Mapping[str, Playbook]:
        return {p.name: p for p in self.rules.playbooks}

    def playbook(self, name: str | None, revision: int | None = None) -> Playbook | None:
        """The playbook that is pinned on a recovery: of the revision that opened it, where that
        is another one and still known."""
        pinned = self.earlier.get((revision, name or "")) if revision is not None else None
        return pinned or self.playbooks.get(name or "")

    def text(self, source: str, *, one_line: bool) -> Template:
        """The compiled subject (`one_line`) or body."""
        return _compiled(source, one_line)


@lru_cache(maxsize=1_024)
def _compiled(source: str, one_line: bool) -> Template:
    """Compiled at its first use, then kept: revisions of the rules share most of their texts."""
    return compile_template(source, one_line=one_line)


@lru_cache(maxsize=2)
def _categoriser(
    reasons: tuple[Reason, ...], competitors: tuple[str, ...], sense: Sense | None
) -> Categoriser:
    """The same for all books with the same categories, as those of several CRMs are: it takes
    some megabytes and a moment. One more is kept for the rules that come next."""
    return Categoriser(reasons, competitors, sense)
