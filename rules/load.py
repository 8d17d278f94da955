"""A rule file's mapping as a `RuleSet`, or all of its faults at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from rules.ask_by_key import asked_by
from rules.check import cross_faults
from rules.compiling import compiled_conditions, text_faults
from rules.conditions import Condition, compile_condition
from rules.fault import Fault, Path, Problem, RuleFaults
from rules.model import Verdict
from rules.people import Person, Role
from rules.playbook import Cadence, ExitInterview, Offer, Playbook, PlaybookTask
from rules.ruleset import (
    Company,
    Limits,
    Pilot,
    Reason,
    RuleSet,
    ScoreWeights,
    Suppression,
    TestCase,
    Tier,
    WayBack,
    Words,
)
from rules.schema import RuleFile
from rules.schema_section import IS_MISSING, UNKNOWN_KEY, Section
from rules.symbols import DECISION_SYMBOLS
from rules.tables import tables, texts_of
from rules.template_length import length_faults
from rules.watching import DEFAULT_LOST_WHEN, ContractSource, Watch

__all__ = ["load_reasons", "load_ruleset", "section_faults"]

_Row = Mapping[str, Any]


def load_ruleset(
    file: Mapping[str, Any], known_crms: Mapping[str, str], shipped: Sequence[Reason] = ()
) -> RuleSet:
    """Raises `RuleFaults` with everything that is wrong.

    `known_crms` are the kinds ("salesforce", "hubspot") by name; `shipped` are the categories
    that apply where the file has none of its own, and fill in
    what its own leave out. The tables under `crm` are not looked at.
    """
    ids = [word for _, row in tables(file, "reason") for word in texts_of(row.get("id"))]
    categories = ids if "reason" in file else [reason.id for reason in shipped]
    loaded, faults = _loaded(file)
    conditions, condition_faults = compiled_conditions(file, known_crms, categories)
    faults += condition_faults
    faults += text_faults(file)
    faults += length_faults(file)
    faults += cross_faults(file, known_crms, conditions, categories)
    if faults:
        raise RuleFaults(sorted(set(faults), key=_order))
    return _built(loaded, conditions, shipped)


def load_reasons(file: Mapping[str, Any]) -> tuple[Reason, ...]:
    """The `[[reason]]` tables alone, as in the shipped categories. Raises `RuleFaults`."""
    loaded, faults = _loaded({"reason": file.get("reason", [])})
    if faults:
        raise RuleFaults(faults)
    return _reasons(loaded)


def section_faults(section: Section, table: Mapping[str, Any]) -> tuple[_Row, list[Fault]]:
    """One table by its schema: what could be loaded, and its faults with paths inside it."""
    try:
        loaded: _Row = section.load(table)
    except ValidationError as error:
        return {}, list(_flat((), error.messages))
    return loaded, []


def _loaded(file: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    loaded, faults = section_faults(RuleFile(), file)
    return dict(loaded), faults


def _flat(path: Path, messages: object) -> Iterator[Fault]:
    """marshmallow's nested messages, one fault each."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flat(path if key == "_schema" else (*path, key), inner)
    elif isinstance(messages, list):
        for message in messages:
            yield from _flat(path, message)
    else:
        suggestion = messages.suggestion if isinstance(messages, Problem) else ""
        if messages == IS_MISSING:
            suggestion = f"add {path[-1]} = ..."
        yield Fault(path, str(messages), suggestion, of_key=messages == UNKNOWN_KEY)


def _order(fault: Fault) -> tuple[str, ...]:
    padded = (f"{part:06}" if isinstance(part, int) else part for part in fault.path)
    return (*padded, fault.message)


def _built(
    loaded: dict[str, Any], conditions: Mapping[Path, Condition], shipped: Sequence[Reason]
) -> RuleSet:
    def rows(attribute: str, section: str, key: str = "when") -> Iterator[dict[str, Any]]:
        for index, row in enumerate(loaded.get(attribute, ())):
            condition = conditions.get((section, index, key))
            yield row if condition is None else {**row, key: condition}

    default = compile_condition(DEFAULT_LOST_WHEN, DECISION_SYMBOLS)
    company = dict(loaded.get("company", {}))
    competitors = company.pop("competitors", ())
    return RuleSet(
        company=Company(**{**company, "holidays": tuple(company.get("holidays", ()))}),
        watches=tuple(Watch(**row) for row in rows("watches", "watch", "lost_when")),
        lost_when=conditions.get(("lost_customer", "when"), default),
        contracts=tuple(
            ContractSource(**row) for row in rows("contracts", "contract", "running_when")
        ),
        reasons=_reasons(loaded, shipped) if "reasons" in loaded else tuple(shipped),
        competitors=tuple(competitors),
        tiers=tuple(Tier(**row) for row in rows("tiers", "tier")),
        people=tuple(Person(**row) for row in loaded.get("people", ())),
        roles=tuple(Role(**row) for row in loaded.get("roles", ())),
        offers=tuple(Offer(**row) for row in loaded.get("offers", ())),
        interview=ExitInterview(**loaded.get("interview", {})),
        way_back=WayBack(**loaded.get("way_back", {})),
        score=ScoreWeights(**loaded.get("score", {})),
        playbooks=tuple(_playbook(row) for row in rows("playbooks", "playbook")),
        cadences=tuple(Cadence(**row) for row in rows("cadences", "cadence")),
        suppressions=tuple(Suppression(**row) for row in rows("suppressions", "suppression")),
        limits=Limits(**loaded.get("limits", {})),
        pilot=Pilot(**loaded.get("pilot", {})),
        words=Words(**loaded.get("words", {})),
        tests=tuple(TestCase(**row) for row in loaded.get("tests", ())),
    )


def _reasons(loaded: _Row, shipped: Sequence[Reason] = ()) -> tuple[Reason, ...]:
    """The file's categories. What one of them leaves out is as shipped, where its id is: an
    admin who only renames `price` keeps the phrases that mean it."""
    known = {reason.id: reason for reason in shipped}
    return tuple(_reason(row, known.get(row["id"])) for row in loaded.get("reasons", ()))


def _reason(row: _Row, shipped: Reason | None) -> Reason:
    """`phrases` take the place of the shipped ones, `more_phrases` stand beside those in force."""
    keys = {key: value for key, value in row.items() if key != "more_phrases"}
    reason = _new_reason(keys) if shipped is None else replace(shipped, **keys)
    both = (*reason.phrases, *row.get("more_phrases", ()))
    return replace(reason, phrases=tuple(dict.fromkeys(both)))


def _new_reason(row: _Row) -> Reason:
    return Reason(**{"label": row["id"].replace("_", " ").capitalize(), **row})


def _playbook(row: _Row) -> Playbook:
    """Without `for`, a condition that asks for the verdict itself decides whom it is for."""
    tasks = tuple(PlaybookTask(**{"ask": asked_by(task), **task}) for task in row.get("tasks", ()))
    when = row.get("when")
    verdicts = {} if when is None or "verdict" not in when.names else {"verdicts": tuple(Verdict)}
    return Playbook(**{**verdicts, **row, "tasks": tasks})
