"""A first rule file from what a CRM looks like: fine to check at once, with comments that say what
to decide. Pure: a survey in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rules.drafted_so_far import NOTHING, SoFar
from rules.first_plans import END, PLANS, TIERS
from rules.reasons import UNKNOWN, Categoriser
from rules.ruleset import Reason
from rules.survey import FieldSort, Survey, SurveyedField, SurveyedType
from rules.why_fields import WhyFields, why_fields

_MOST_PEOPLE = 40
_GONE = ("cancel", "churn", "terminat", "expired", "inactive", "ended", "lost", "closed")
_RUNS = ("active", "trial", "live", "running", "current", "renewed")


def first_draft(
    survey: Survey, *, crm: str, kind: str, reasons: Sequence[Reason], so_far: SoFar = NOTHING
) -> str:
    """Everything but the `[crm]` tables and what the file has `so_far`: where that holds rules,
    how the customers of this CRM are lost, and its people. `reasons` are the categories in force;
    where the file names its own, the CRM's values belong there: see `new_values`."""
    why = why_fields(survey.deals) if survey.deals else WhyFields()
    others = [(one, why_fields(one)) for one in survey.others]
    drafting = _Drafting(crm, so_far)
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
    yield f"timezone = {_quoted(survey.timezone or 'UTC')}"
    yield '# country = "DE"                            # decide: whose public holidays count'
    yield '# currency = "EUR"                          # decide: of all sums in this file'
    yield "# first_day = 2026-01-01                    # losses known before it get no tasks;"
    yield "#                                           # left out: the day of the first run"


# ---- how customers are lost


class _Drafting:
    """The watches of one CRM, each with a name that nothing else has."""

    def __init__(self, crm: str, so_far: SoFar) -> None:
        self._crm = crm
        self._so_far = so_far
        self._names = set(so_far.names)

    def deals(self, survey: Survey, why: WhyFields) -> Iterator[str]:
        deals = survey.deals
        if deals is None:
            yield "# The CRM shows no deals: say below which records tell of a loss."
            return
        if self._place(deals) in self._so_far.watched:
            return
        lost = _one_line(", ".join(survey.lost_stages))
        where = f", here in the stages {lost}" if lost else ""
        yield f"# Deals that are closed and not won{where}."
        renewal = _renewal(deals)
        fields = list(_named(deals, why))
        if renewal is not None:
            field, value = renewal
            yield from self._watch("lost renewal", deals.name)
            yield f"lost_when = {_quoted(f'lost and {field} == {_inner(value)}')}"
            yield _remarked('means = "renewal"', "decide: a lost renewal decides alone")
            yield from fields
            yield ""
        yield from self._watch("closed-lost", deals.name)
        yield "lost_when = { closed = true, won = false }"
        yield from fields

    def other(self, record: SurveyedType, why: WhyFields) -> Iterator[str]:
        """A type that speaks of cancelling or subscribing."""
        place = self._place(record)
        if place in self._so_far.contracts | self._so_far.watched:
            return
        status, gone, runs = _status(record)
        label = f" ({_one_line(record.label)})" if record.label else ""
        yield f"# {record.name}{label} may tell of losses too."
        yield "# Decide: keep it, mend it or take it out."
        if "subscri" in record.name.lower() or runs:
            yield from self._contract(record, status, runs)
        if (status and gone) or "cancel" in f"{record.name} {record.label}".lower():
            yield from self._watch(f"{record.label or record.name} lost", record.name)
            if status and gone:
                yield f"lost_when = {{ {status} = [{', '.join(map(_quoted, gone))}] }}"
            yield _remarked('verdict = "customer"', "the record itself says that they left")
            keys = (("account", "account"), ("known_on", "notice"), ("lost_on", "end"))
            yield from _keys(record, keys)
            yield from _named(record, why)

    def _contract(self, record: SurveyedType, status: str, runs: Sequence[str]) -> Iterator[str]:
        yield "[[contract]]"
        yield f"crm = {_quoted(self._crm)}"
        yield f"record = {_quoted(record.name)}"
        if status and runs:
            yield f"running_when = {{ {status} = [{', '.join(map(_quoted, runs))}] }}"
        yield from _keys(
            record, (("account", "account"), ("starts_on", "start"), ("ends_on", "end"))
        )
        yield ""

    def _watch(self, name: str, record: str) -> Iterator[str]:
        yield "[[watch]]"
        yield f"name = {_quoted(self._free(name))}"
        yield f"crm = {_quoted(self._crm)}"
        yield f"record = {_quoted(record)}"

    def _free(self, name: str) -> str:
        tries = (name, f"{name} in {self._crm}", *(f"{name} {n}" for n in range(2, 99)))
        free = next(each for each in tries if each.casefold() not in self._names)
        self._names.add(free.casefold())
        return free

    def _place(self, record: SurveyedType) -> tuple[str, str]:
        return self._crm.casefold(), record.name.casefold()


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
        yield _remarked(line, f"decide: where people write why{also}")
    else:
        yield '# words = "..."                             # decide: where people write why'
    amount = next((field.name for field in record.fields if field.name.lower() == "amount"), None)
    if amount is not None:
        yield f"value = {_quoted(amount)}"


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


def _reasons(found: Mapping[str, Mapping[str, str]], reasons: Sequence[Reason]) -> Iterator[str]:
    """The shipped categories with the CRM's own values sorted into them as far as they speak."""
    sorted_in = {**{reason.id: {} for reason in reasons}, **found}
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


def _people(survey: Survey, kind: str, so_far: SoFar) -> Iterator[str]:
    new = [one for one in survey.people if one.email and one.email.casefold() not in so_far.people]
    named = new[:_MOST_PEOPLE]
    if kind == "hubspot":
        yield "# HubSpot knows no managers. Decide: who is above whom; take the # away."
    else:
        yield "# Managers are read from the CRM. Decide: who is away, and whom the CRM gets wrong."
    for one in named:
        yield "# [[person]]"
        yield f"# email = {_quoted(one.email)}" + (f"  # {_one_line(one.name)}" if one.name else "")
        yield '# manager = "..."'


def _remarked(line: str, remark: str) -> str:
    return f"{line:<44}# {remark}"


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
