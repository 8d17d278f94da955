"""What is left of a rule file once all that is wrong in it is left out: enough to warn of what it
says beside its faults. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rules.fault import Fault, Path, RuleFaults
from rules.load import load_ruleset
from rules.ruleset import Reason, RuleSet

_TOP: Path = ()
_ROUNDS = 8
"""Leaving something out brings new faults: a name that is gone, an offer for a tier that is."""


@dataclass(frozen=True, slots=True)
class SoundRest:
    """`rules` are of the file without the places that `left_out` names."""

    rules: RuleSet
    file: Mapping[str, Any]
    left_out: frozenset[Path]

    @property
    def sections(self) -> frozenset[str]:
        """Of which something that matters to the rest of the file is missing."""
        return frozenset(str(path[0]) for path in self.left_out if path[2:3] != ("task",))

    def original(self, fault: Fault) -> Path:
        """Where the fault stands in the file as it was written."""
        return _original(self.file, fault.path, self.left_out)


def sound_rest(
    file: Mapping[str, Any],
    faults: Sequence[Fault],
    known_crms: Mapping[str, str],
    shipped: Sequence[Reason],
) -> SoundRest | None:
    """None where nothing sensible is left."""
    left_out: frozenset[Path] = frozenset()
    told = [fault.path for fault in faults if fault.path[:1] != ("crm",)]
    for _ in range(_ROUNDS):
        left_out |= {place for path in told if (place := _there(file, path))}
        try:
            rules = load_ruleset(_without(file, (), left_out), known_crms, shipped)
        except RuleFaults as refused:
            told = [_original(file, fault.path, left_out) for fault in refused.faults]
            told = [path[:-1] if path in left_out else path for path in told]
        else:
            return SoundRest(rules, file, left_out)
    return None


def _there(file: Any, path: Path) -> Path:
    """The path, or where something is missing, the table that it is missing from."""
    value, place = file, path
    for depth, part in enumerate(path):
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return path[:depth]
    return place


def _without(value: Any, path: Path, left_out: Iterable[Path]) -> Any:
    if isinstance(value, Mapping):
        items = ((key, inner, (*path, key)) for key, inner in value.items())
        return {
            key: _without(inner, at, left_out) for key, inner, at in items if at not in left_out
        }
    if isinstance(value, list):
        members = ((inner, (*path, index)) for index, inner in enumerate(value))
        return [_without(inner, at, left_out) for inner, at in members if at not in left_out]
    return value


def _original(file: Any, path: Path, left_out: frozenset[Path]) -> Path:
    """A path in the rest as one in the file: indexes of lists count what was left out too."""
    value, place = file, _TOP
    for part in path:
        kept: Sequence[str | int] = [part]
        if isinstance(value, list) and isinstance(part, int):
            kept = [n for n in range(len(value)) if (*place, n) not in left_out][part : part + 1]
        if not kept:
            return place
        place = (*place, kept[0])
        try:
            value = value[kept[0]]
        except (KeyError, IndexError, TypeError):
            value = None
    return place
