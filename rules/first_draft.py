"""A first rule file from what a CRM looks like: fine to check at once, with comments that say what
to decide. Pure: a survey in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rules.first_plans import END, PLANS, TIERS
from rules.reasons import UNKNOWN, Categoriser
from rules.ruleset import Reason
from rules.survey import FieldSort, Survey, SurveyedField, SurveyedType
from rules.why_fields import WhyFields, why_fields

_MOST_PEOPLE = 40
_GONE = ("cancel", "churn", "terminat", "expired", "inactive", "ended", "lost", "closed")
_RUNS = ("active", "trial", "live", "running", "current", "renewed")


def first_draft(
    survey: Survey, *, crm: str, kind: str, reasons: Sequence[Reason], with_company: bool
) -> str:
    """Everything but the `[crm]` tables. `reasons` are the shipped categories; `with_company`
    False where the file has its own `[company]` already."""
    parts: list[Iterable[str]] = [_company(survey)] if with_company else []
    why = why_fields(survey.deals) if survey.deals else WhyFields()
    others = [(one, why_fields(one)) for one in survey.others]
    picked = [each.reason for each in (why, *(of_other for _, of_other in others)) if each.reason]
    parts += [
        _watches(survey, crm, why),
        *(_other(one, crm, of_other) for one, of_other in others),
        _reasons(picked, reasons),
        TIERS,
        _people(survey, kind),
        PLANS,
        END,
    ]
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _company(survey: Survey) -> Iterator[str]:
    yield "[company]"
    yield 'name = "Our company"                        # decide: stands in task texts'
    yield f"timezone = {_quoted(survey.timezone or 'UTC')}"
    yield '# country = "DE"                            # decide: whose public holidays count'
    yield '# currency = "EUR"                          # decide: of all sums in this file'
    yield "# first_day = 2026-01-01                    # losses known before it get no tasks;"
    yield "#                                           # left out: the day of the first run"


# ---- how customers are lost


def _watches(survey: Survey, crm: str, why: WhyFields) -> Iterator[str]:
    deals = survey.deals
    if deals is None:
        yield "# The CRM shows no deals: say below which records tell of a loss."
        return
    lost = _one_line(", ".join(survey.lost_stages))
    yield f"# Deals that are closed and not won{f', here in the stages {lost}' if lost else ''}."
    renewal = _renewal(deals)
    fields = list(_named(deals, why))
    if renewal is not None:
        field, value = renewal
        yield from _watch("lost renewal", crm, deals.name)
        yield f"lost_when = {_quoted(f'lost and {field} == {_inner(value)}')}"
        yield 'means = "renewal"                           # decide: a lost renewal decides alone'
        yield from fields
        yield ""
    yield from _watch("closed-lost", crm, deals.name)
    yield "lost_when = { closed = true, won = false }"
    yield from fields


def _watch(name: str, crm: str, record: str) -> Iterator[str]:
    yield "[[watch]]"
    yield f"name = {_quoted(name)}"
    yield f"crm = {_quoted(crm)}"
    yield f"record = {_quoted(record)}"


def _renewal(deals: SurveyedType) -> tuple[str, str] | None:
    """The picklist value by which a deal is a renewal."""
    for field in deals.fields:
        if field.sort is FieldSort.PICKLIST and "type" in field.name.lower():
            for value in field.values:
                if "renew" in field.reads(value).lower():
                    return field.name, value
    return None


def _named(record: SurveyedType, why: WhyFields) -> Iterator[str]:
    if why.reason is not None:
        yield f"reason = {_quoted(why.reason.name)}"
    else:
        yield '# reason = "..."                            # no picklist of reasons was found'
    if why.words is not None:
        line = f"words = {_quoted(why.words.name)}"
        also = f"; or {', '.join(one.name for one in why.also)}" if why.also else ""
        yield f"{line:<44}# decide: where people write why{also}"
    else:
        yield '# words = "..."                             # decide: where people write why'
    amount = next((field.name for field in record.fields if field.name.lower() == "amount"), None)
    if amount is not None:
        yield f"value = {_quoted(amount)}"


def _other(record: SurveyedType, crm: str, why: WhyFields) -> Iterator[str]:
    """A type that speaks of cancelling or subscribing."""
    label = f" ({_one_line(record.label)})" if record.label else ""
    yield f"# {record.name}{label} may tell of losses too. Decide: keep it, mend it or take it out."
    status, gone, runs = _status(record)
    if "subscri" in record.name.lower() or runs:
        yield "[[contract]]"
        yield f"crm = {_quoted(crm)}"
        yield f"record = {_quoted(record.name)}"
        if status and runs:
            yield f"running_when = {{ {status} = [{', '.join(map(_quoted, runs))}] }}"
        yield from _keys(
            record, (("account", "account"), ("starts_on", "start"), ("ends_on", "end"))
        )
        yield ""
    if not (status and gone) and "cancel" not in f"{record.name} {record.label}".lower():
        return
    yield from _watch(f"{record.label or record.name} lost", crm, record.name)
    if status and gone:
        yield f"lost_when = {{ {status} = [{', '.join(map(_quoted, gone))}] }}"
    yield 'verdict = "customer"                        # the record itself says that they left'
    yield from _keys(record, (("account", "account"), ("known_on", "notice"), ("lost_on", "end")))
    yield from _named(record, why)


def _status(record: SurveyedType) -> tuple[str, list[str], list[str]]:
    """The status field, the values that say gone, and those that say running."""
    for field in record.fields:
        if field.sort is FieldSort.PICKLIST and "status" in field.name.lower():
            read = {value: field.reads(value).lower() for value in field.values}
            gone = [v for v in field.values if any(part in read[v] for part in _GONE)]
            runs = [v for v in field.values if read[v].startswith(_RUNS)]
            if gone or runs:
                return field.name, gone, [v for v in runs if v not in gone]
    return "", [], []


def _keys(record: SurveyedType, wanted: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Keys whose field the CRM has, by a part of its name."""
    for key, part in wanted:
        lookup = key == "account"
        for field in record.fields:
            leads = field.sort is FieldSort.LOOKUP and "Account" in field.leads_to
            dated = field.sort is FieldSort.DATE and part in field.name.lower()
            if (leads if lookup else dated) and not field.name.lower().startswith("hs_"):
                yield f"{key} = {_quoted(field.name)}"
                break


# ---- why, who, and what is done


def _reasons(picked: Sequence[SurveyedField], reasons: Sequence[Reason]) -> Iterator[str]:
    """The shipped categories with the CRM's own values sorted into them as far as they speak."""
    sorted_in: dict[str, dict[str, str]] = {reason.id: {} for reason in reasons}
    categoriser = Categoriser(tuple(reasons))
    for value, read in _values(picked).items():
        found = categoriser.classify(read, None).category
        sorted_in.setdefault(found, {})[value] = read
    yield "# Why they left: the shipped categories, and the CRM's own values sorted into them as"
    yield "# far as they speak for themselves. Decide: move each value to where it belongs. A key"
    yield "# that is left out (label, phrases, fault, changeable) is as shipped; words of your own"
    yield "# go into more_phrases, beside the shipped ones: phrases would take their place."
    for id, values in sorted_in.items():
        yield "[[reason]]"
        yield f"id = {_quoted(id)}"
        if id == UNKNOWN and values:
            yield "# Decide: these say nothing to us yet, and a customer lost for one is asked why."
        if values:
            yield f"values = [{', '.join(map(_quoted, values))}]"
            read_as = [read for value, read in values.items() if read != value]
            if read_as:
                yield f"# people read: {_one_line(', '.join(read_as))}"
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


def _people(survey: Survey, kind: str) -> Iterator[str]:
    named = [one for one in survey.people if one.email][:_MOST_PEOPLE]
    if kind == "hubspot":
        yield "# HubSpot knows no managers. Decide: who is above whom; take the # away."
    else:
        yield "# Managers are read from the CRM. Decide: who is away, and whom the CRM gets wrong."
    for one in named:
        yield "# [[person]]"
        yield f"# email = {_quoted(one.email)}" + (f"  # {_one_line(one.name)}" if one.name else "")
        yield '# manager = "..."'


def _one_line(text: str) -> str:
    """What a CRM calls something, as a comment may hold it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
    )


def _inner(text: str) -> str:
    """A text inside a condition."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
