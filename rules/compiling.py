"""Every condition and text of a rule file, compiled, with the faults of those that cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.case import TIME_ALONE
from rules.conditions import Condition, ConditionFault, compile_condition
from rules.fault import Fault, Path
from rules.symbols import Symbols, decision_symbols, record_symbols
from rules.tables import Table, tables, texts_of
from rules.templates import template_faults

UNKNOWN = "unknown"

_CONDITIONS = (
    ("tier", "when"),
    ("playbook", "when"),
    ("cadence", "when"),
    ("suppression", "when"),
    ("lost_customer", "when"),
)
_RECORD_CONDITIONS = (("watch", "lost_when"), ("contract", "running_when"))
_BEFORE_THE_LOSS = frozenset({"tier"})
"""A tier is decided without knowing the tier."""


def compiled_conditions(
    file: Table, kinds: Mapping[str, str], categories: list[str]
) -> tuple[dict[Path, Condition], list[Fault]]:
    """By path. `kinds` are the CRMs' kinds by name; `categories` the ids of the reasons, where
    none stands for not knowing them: any category passes then."""
    found: dict[Path, Condition] = {}
    faults: list[Fault] = []
    for path, source, symbols in _sources(file, kinds, categories):
        try:
            found[path] = compile_condition(source, symbols)
        except ConditionFault as first:
            each = _key_by_key(source, symbols) or [first]
            faults += [_located(path, source, fault) for fault in each]
    return found, faults


def _located(path: Path, source: str | Table, fault: ConditionFault) -> Fault:
    """In a table the key is wrong or its value, or a member of that; in a text, a place inside."""
    of_key = fault.of_key and bool(fault.key)
    where: Path = (*path, *fault.key)
    listed: object = source
    for part in fault.key:
        listed = listed.get(part) if isinstance(listed, Mapping) else None
    if fault.word and isinstance(listed, list) and fault.word in listed:
        where = (*where, listed.index(fault.word))
    return Fault(where, fault.message, fault.suggestion, fault.column, of_key=of_key)


def _key_by_key(source: str | Table, symbols: Symbols) -> list[ConditionFault]:
    """The faults of a table's keys, each by itself, so that the first does not hide the others."""
    if isinstance(source, str):
        return []
    faults: list[ConditionFault] = []
    for key, value in source.items():
        try:
            compile_condition({key: value}, symbols)
        except ConditionFault as fault:
            faults.append(fault)
    return faults


def _sources(
    file: Table, kinds: Mapping[str, str], categories: list[str]
) -> Iterator[tuple[Path, str | Table, Symbols]]:
    decision = decision_symbols(
        categories=list(dict.fromkeys([*categories, UNKNOWN])) if categories else (),
        tiers=_names(file, "tier"),
        watches=[*_names(file, "watch"), TIME_ALONE] if "watch" in file else (),
        crms=list(kinds),
    )
    for section, key in _CONDITIONS:
        symbols = decision.without("tier") if section in _BEFORE_THE_LOSS else decision
        for path, table in tables(file, section):
            source = table.get(key)
            if isinstance(source, str | Mapping):
                yield (*path, key), source, symbols
    for section, key in _RECORD_CONDITIONS:
        for path, table in tables(file, section):
            source = table.get(key)
            if isinstance(source, str | Mapping):
                yield (*path, key), source, record_symbols(kinds.get(str(table.get("crm")), ""))


def _names(file: Table, section: str) -> list[str]:
    return [name for _, table in tables(file, section) for name in texts_of(table.get("name"))]


def text_faults(file: Table) -> Iterator[Fault]:
    """What is wrong with the subjects and bodies of tasks and cadences."""
    for section in ("playbook.task", "cadence"):
        for path, table in tables(file, section):
            for key in ("subject", "body"):
                source = table.get(key)
                if isinstance(source, str):
                    for fault in template_faults(source):
                        yield Fault(
                            (*path, key), fault.message, fault.suggestion, fault.place_in(source)
                        )
