"""`examine`: what a portal says about itself, for `winback doctor`. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from connectors.errors import CredentialsRefused, CrmError, Throttled
from connectors.examination import Allowance, Area, Examination, Finding, Question, called
from connectors.hubspot import limits
from connectors.hubspot.answers import Refusal
from connectors.hubspot.api import Api, chunks
from connectors.hubspot.checking import Checker
from connectors.hubspot.drafts import property_name
from connectors.hubspot.interview import INTERVIEW
from connectors.hubspot.line_items import PROPERTIES
from connectors.hubspot.paths import COMPANIES, LINE_ITEMS, OWNERS, TASKS, type_name
from connectors.hubspot.reading import Reader
from connectors.hubspot.schema import Schema
from connectors.hubspot.versions import version
from rules.model import Field, Owner

_MOST_VALUES = 100
"""Values of one IN filter; a search counts against five a second."""


class Examiner:
    """`watched_types` are the types that our reason properties are written to."""

    def __init__(
        self,
        api: Api,
        schema: Schema,
        reader: Reader,
        checker: Checker,
        watched_types: Sequence[str],
    ) -> None:
        self._api = api
        self._schema = schema
        self._reader = reader
        self._checker = checker
        self._written = tuple(dict.fromkeys((COMPANIES, TASKS, *watched_types)))

    def examine(self, question: Question, api_version: str) -> Examination:
        """See `Connector.examine`."""
        self._schema.forget()
        account = self._checker.account()
        allowance = self._allowance()
        owners = self._owners()
        return Examination(
            findings=(
                account,
                *self._checker.of_types(question.streams),
                *self._scopes(),
                *(self._line_items() if question.line_items else ()),
                *self._interview(),
                *self._activities(),
                *self._reasons(question.reasons),
            ),
            picklists=self._picklists(question),
            people=_named(owners, question.people),
            queues=None if owners is None else called(owners, question.queues),
            left_behind=self._left_behind(owners),
            server_now=self._api.server_now(),
            allowance=allowance,
            version=version(api_version),
        )

    def _allowance(self) -> Allowance | None:
        """By the headers of any answer but a search's; OAuth apps get none."""
        with suppress(Refusal):  # whose headers tell as well
            self._api.call("other", "GET", self._api.routes.account)
        told = limits.told(self._api.transport.last_headers, None)
        if told is None or told.of is None or told.used is None:
            return None
        return Allowance(told.of - told.used, told.of)

    def _owners(self) -> list[Owner] | None:
        try:
            found = self._reader.owners()
        except (CredentialsRefused, Refusal):
            return None  # told as a finding already
        return [one.entity for one in found if isinstance(one.entity, Owner)]

    def _scopes(self) -> Iterator[Finding]:
        """Whether the token may write, by updates of no record at all: HubSpot looks at the
        scopes before it looks at the rows, and has nothing to change."""
        for type in self._written:
            if type == OWNERS or not self._exists(type):
                continue
            path = self._api.routes.object_(type, "batch", "update")
            try:
                self._api.call("other", "POST", path, json={"inputs": []})
            except CredentialsRefused as refused:
                yield Finding(f"{type}: writing", False, str(refused), Area.SCOPES)
                continue
            except Throttled:
                raise
            except CrmError:
                pass  # the empty batch itself is refused, as it may be
            yield Finding(f"{type}: writing", True, area=Area.SCOPES)

    def _line_items(self) -> Iterator[Finding]:
        """By reading one that need not be there."""
        refused = ""
        try:
            list(self._api.batch_read(LINE_ITEMS, ["1"], PROPERTIES, kind="other"))
        except CredentialsRefused as error:
            refused = f"{error}. Until then texts leave out what was bought line by line"
        except Refusal:
            pass  # it was looked for
        yield Finding(f"{LINE_ITEMS}: reading", not refused, refused, Area.SCOPES)

    def _interview(self) -> Iterator[Finding]:
        """Reps fill it in, so that reading is enough for us."""
        if not self._exists(COMPANIES):
            return
        existing = self._schema.properties(COMPANIES)
        missing = [asked.name for asked in INTERVIEW if asked.name not in existing]
        which = "all of it" if len(missing) == len(INTERVIEW) else ", ".join(missing)
        sentence = f"missing {which}: run winback provision" if missing else ""
        yield Finding(f"{COMPANIES}: exit interview", not missing, sentence, Area.FIELDS)

    def _activities(self) -> Iterator[Finding]:
        for type in self._written:
            if type in (TASKS, OWNERS) or not self._exists(type):
                continue
            try:
                takes = self._schema.task_link(type) is not None
            except CredentialsRefused as refused:
                yield Finding(type, False, str(refused), Area.ACTIVITIES)
                continue
            sentence = "" if takes else "takes no tasks; ours hang on the company"
            yield Finding(type, True, sentence, Area.ACTIVITIES)

    def _reasons(self, reasons: Sequence[str]) -> Iterator[Finding]:
        """A rule file may have got categories since our property was made, and HubSpot takes no
        value that is not among its options."""
        name = property_name(Field.REASON)
        for type in self._written:
            if type in (TASKS, OWNERS) or not self._exists(type):
                continue
            field = self._schema.properties(type).get(name)
            if field is None or field.type != "enumeration":
                continue
            missing = [one for one in reasons if one not in field.options]
            sentence = f"lacks {', '.join(missing)}: run winback provision" if missing else ""
            yield Finding(f"{type}.{name}", not missing, sentence, Area.PICKLISTS)

    def _exists(self, type: str) -> bool:
        try:
            return self._schema.exists(type)
        except (CredentialsRefused, Refusal):
            return False  # told as a finding already

    def _picklists(self, question: Question) -> dict[tuple[str, str], tuple[str, ...]]:
        found = {}
        for type, name in question.picklists:
            named = type_name(type)
            field = self._schema.properties(named).get(name) if self._exists(named) else None
            if field is not None and field.type == "enumeration":
                found[type, name] = field.options
        return found

    def _left_behind(self, owners: Sequence[Owner] | None) -> int | None:
        """How many companies belong to people who left."""
        if owners is None:
            return None
        gone = [owner.id for owner in owners if not owner.active]
        number = 0
        path = self._api.routes.object_(COMPANIES, "search")
        for some in chunks(gone, _MOST_VALUES):
            owned = {"propertyName": "hubspot_owner_id", "operator": "IN", "values": list(some)}
            asked = {"filterGroups": [{"filters": [owned]}], "limit": 1}
            try:
                total = self._api.call("search", "POST", path, json=asked).get("total")
            except (CredentialsRefused, Refusal):
                return None
            number += total if isinstance(total, int) else 0
        return number


def _named(owners: Sequence[Owner] | None, addresses: Sequence[str]) -> tuple[Owner, ...] | None:
    if owners is None:
        return None
    wanted = {address.lower() for address in addresses}
    return tuple(owner for owner in owners if owner.email.lower() in wanted)
