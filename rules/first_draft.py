"""A first rule file from what a CRM looks like: fine to check at once, with comments that say what
to decide. Pure: a survey in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rules.drafted_so_far import NOTHING, SoFar
from rules.first_plans import END, PLANS, TIERS
from rules.first_watches import FirstWatches
from rules.reasons import UNKNOWN, Categoriser
from rules.ruleset import Reason
from rules.survey import Survey, SurveyedField
from rules.toml_lines import one_line, quoted
from rules.why_fields import WhyFields, why_fields

_MOST_PEOPLE = 40


def first_draft(
    survey: Survey, *, crm: str, kind: str, reasons: Sequence[Reason], so_far: SoFar = NOTHING
) -> str:
    """Everything but the `[crm]` tables and what the file has `so_far`: where that holds rules,
    how the customers of this CRM are lost, and its people. `reasons` are the categories in force;
    where the file names its own, the CRM's values belong there: see `new_values`."""
    why = why_fields(survey.deals) if survey.deals else WhyFields()
    others = [(one, why_fields(one)) for one in survey.others]
    drafting = FirstWatches(crm, so_far)
    parts: list[Iterable[str]] = [] if "company" in so_far.sections else [_company(survey)]
    parts += [drafting.deals(survey, why), *(drafting.other(*one) for one in others)]
    if "reason" not in so_far.sections:
        parts.append(_reasons(_sorted_in(survey, reasons), reasons))
    if so_far.has_rules:
        parts.append(_people(survey, kind, so_far))
    else:
        parts += [TIERS, _people(survey, kind, so_far), PLANS, END]
    return "\n".join(text + "\n" for text in ("\n".join(part) for part in parts) if text)


def new_values(survey: Survey, reasons: Sequence[Reason]) -> dict[str, dict[str, str]]:
    """The CRM's own values that no category has yet: see `_sorted_in`."""
    taken = {value.casefold() for reason in reasons for value in reason.values}
    found = {
        id: {value: read for value, read in values.items() if value.casefold() not in taken}
        for id, values in _sorted_in(survey, reasons).items()
    }
    return {id: values for id, values in found.items() if values}


def _sorted_in(survey: Survey, reasons: Sequence[Reason]) -> dict[str, dict[str, str]]:
    """The CRM's own values by the category that each speaks for, with what people read."""
    categoriser = Categoriser(tuple(reasons))
    found: dict[str, dict[str, str]] = {}
    types = (survey.deals, *survey.others)
    picked = [reason for type in types if type and (reason := why_fields(type).reason)]
    for value, read in _values(picked).items():
        found.setdefault(categoriser.classify(read, None).category, {})[value] = read
    return found


def _company(survey: Survey) -> Iterator[str]:
    yield "[company]"
    yield 'name = "Our company"                        # decide: stands in task texts'
    yield f"timezone = {quoted(survey.timezone or 'UTC')}"
    yield '# country = "DE"                            # decide: whose public holidays count'
    yield '# currency = "EUR"                          # decide: of all sums in this file'
    yield "# first_day = 2026-01-01                    # losses known before it get no tasks;"
    yield "#                                           # left out: the day of the first run"


# ---- why, who, and what is done


def _reasons(found: Mapping[str, Mapping[str, str]], reasons: Sequence[Reason]) -> Iterator[str]:
    """The shipped categories with the CRM's own values sorted into them as far as they speak."""
    sorted_in = {**{reason.id: {} for reason in reasons}, **found}
    yield "# Why they left: the shipped categories, and the CRM's own values sorted into them as"
    yield "# far as they speak for themselves. Decide: move each value to where it belongs. A key"
    yield "# that is left out (label, phrases, fault, changeable) is as shipped; words of your own"
    yield "# go into more_phrases, beside the shipped ones: phrases would take their place."
    for id, values in sorted_in.items():
        yield "[[reason]]"
        yield f"id = {quoted(id)}"
        if id == UNKNOWN and values:
            yield "# Decide: these say nothing to us yet, and a customer lost for one is asked why."
        if values:
            yield f"values = [{', '.join(map(quoted, values))}]"
            read_as = [read for value, read in values.items() if read != value]
            if read_as:
                yield f"# people read: {one_line(', '.join(read_as))}"
        yield ""


def _values(picked: Sequence[SurveyedField]) -> dict[str, str]:
    """Each value, and what people read in its place. Two picklists may share one."""
    values: dict[str, str] = {}
    folded: set[str] = set()
    for field in picked:
        for value in field.values:
            if value.casefold() not in folded:
                folded.add(value.casefold())
                values[value] = field.reads(value)
    return values


def _people(survey: Survey, kind: str, so_far: SoFar) -> Iterator[str]:
    new = [one for one in survey.people if one.email and one.email.casefold() not in so_far.people]
    named = new[:_MOST_PEOPLE]
    if kind == "hubspot":
        yield "# HubSpot knows no managers. Decide: who is above whom; take the # away."
    else:
        yield "# Managers are read from the CRM. Decide: who is away, and whom the CRM gets wrong."
    for one in named:
        yield "# [[person]]"
        yield f"# email = {quoted(one.email)}" + (f"  # {one_line(one.name)}" if one.name else "")
        yield '# manager = "..."'
