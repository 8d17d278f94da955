"""How customers are lost, in a first rule file: the watches and contracts of one CRM. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules.contracts import SALESFORCE_CONTRACT
from rules.drafted_so_far import SoFar
from rules.survey import SPEAKS_OF_THE_END, FieldSort, Survey, SurveyedType, speaks_of_the_end
from rules.toml_lines import inside, one_line, quoted, remarked
from rules.why_fields import WhyFields

_GONE = ("cancel", "churn", "terminat", "expired", "inactive", "ended", "lost", "closed")
_STARTED, _ENDED = ("start",), ("end", "effective")
_HEARD = ("notice", *SPEAKS_OF_THE_END)
_RUNS = ("active", "trial", "live", "running", "current", "renewed")


class FirstWatches:
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
        lost = one_line(", ".join(survey.lost_stages))
        where = f", here in the stages {lost}" if lost else ""
        yield f"# Deals that are closed and not won{where}."
        renewal = _renewal(deals)
        fields = list(_named(deals, why))
        if renewal is not None:
            field, value = renewal
            yield from self._watch("lost renewal", deals.name)
            yield f"lost_when = {quoted(f'lost and {field} == {inside(value)}')}"
            yield remarked('means = "renewal"', "decide: a lost renewal decides alone")
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
        label = f" ({one_line(record.label)})" if record.label else ""
        yield f"# {record.name}{label} may tell of losses too."
        yield "# Decide: keep it, mend it or take it out."
        is_read = record.name == SALESFORCE_CONTRACT  # as a contract, without being named
        if not is_read and ("subscri" in record.name.lower() or runs):
            yield from self._contract(record, status, runs)
        gone, ran_out = _told_apart(record, gone)
        lost_when = _lost_when(record, status, gone)
        if lost_when or "cancel" in f"{record.name} {record.label}".lower():
            yield from self._watch(f"{record.label or record.name} lost", record.name)
            if lost_when:
                yield f"lost_when = {lost_when}"
            if ran_out:
                yield f"# Left out, as it may have been renewed: {one_line(', '.join(ran_out))}."
            yield remarked('verdict = "customer"', "the record itself says that they left")
            yield from _account(record)
            heard, ended = _date(record, _HEARD, but=_ENDED), _date(record, _ENDED, but=_HEARD)
            ended = ended or _date(record, _ENDED, but=())
            if heard:
                line = f"known_on = {quoted(heard)}"
                yield remarked(line, "decide: the day of the notice, so the best time to save them")
            if ended:
                yield remarked(f"lost_on = {quoted(ended)}", "decide: the day they are gone")
            yield from _named(record, why)

    def _contract(self, record: SurveyedType, status: str, runs: Sequence[str]) -> Iterator[str]:
        yield "[[contract]]"
        yield f"crm = {quoted(self._crm)}"
        yield f"record = {quoted(record.name)}"
        if status and runs:
            yield f"running_when = {{ {status} = [{', '.join(map(quoted, runs))}] }}"
        yield from _account(record)
        for key, parts in (("starts_on", _STARTED), ("ends_on", _ENDED)):
            if name := _date(record, parts, but=()):
                yield f"{key} = {quoted(name)}"
        yield ""

    def _watch(self, name: str, record: str) -> Iterator[str]:
        yield "[[watch]]"
        yield f"name = {quoted(self._free(name))}"
        yield f"crm = {quoted(self._crm)}"
        yield f"record = {quoted(record)}"

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
        yield f"reason = {quoted(why.reason.name)}"
    else:
        yield '# reason = "..."                            # no picklist of reasons was found'
    if why.words is not None:
        line = f"words = {quoted(why.words.name)}"
        also = f"; or {', '.join(one.name for one in why.also)}" if why.also else ""
        yield remarked(line, f"decide: where people write why{also}")
    else:
        yield '# words = "..."                             # decide: where people write why'
    amount = next((field.name for field in record.fields if field.name.lower() == "amount"), None)
    if amount is not None:
        yield f"value = {quoted(amount)}"


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


def _told_apart(record: SurveyedType, gone: Sequence[str]) -> tuple[list[str], list[str]]:
    """The values that say that somebody left, and those of what only ran out: it may have been
    renewed, and `[lost_customer]` sees who did not. Where no value speaks of leaving, all may,
    but for those of Salesforce's contract."""
    left = [value for value in gone if speaks_of_the_end(value)]
    if not left and record.name != SALESFORCE_CONTRACT:
        return list(gone), []
    return left, [value for value in gone if value not in left]


def _lost_when(record: SurveyedType, status: str, gone: Sequence[str]) -> str:
    """The status that says gone, else the day that stands there once they left."""
    if status and gone:
        return f"{{ {status} = [{', '.join(map(quoted, gone))}] }}"
    told = _date(record, SPEAKS_OF_THE_END, but=_ENDED)
    return quoted(f"{told} != null") if told else ""


def _account(record: SurveyedType) -> Iterator[str]:
    for field in record.fields:
        if field.sort is FieldSort.LOOKUP and "Account" in field.leads_to:
            yield f"account = {quoted(field.name)}"
            return


def _date(record: SurveyedType, parts: Sequence[str], *, but: Sequence[str]) -> str:
    """The day whose name has one of `parts`, the first of them first, and none of `but`."""
    days = [
        field.name
        for field in record.fields
        if field.sort is FieldSort.DATE and not field.name.lower().startswith("hs_")
    ]
    fit = [name for name in days if not any(part in name.lower() for part in but)]
    return next((name for part in parts for name in fit if part in name.lower()), "")
