"""`examine`: what an org says about itself, for `winback doctor`. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.examination import Allowance, Area, Examination, Finding, Question, called
from connectors.salesforce import checking, limits, line_items, queues, refusals, soql
from connectors.salesforce.client import Client
from connectors.salesforce.names import FIELD_NAMES
from connectors.salesforce.schema import Schemas
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.versions import SOAP_LOGIN_ENDS_ON, version
from connectors.transport import NotOffered
from rules.model import Field, Owner

_PICKLISTS = frozenset({"picklist", "multipicklist"})
_LEFT_BEHIND = "SELECT COUNT() FROM Account WHERE Owner.IsActive = false"


def examine(
    client: Client, schemas: Schemas, settings: SalesforceSettings, question: Question
) -> Examination:
    """See `Connector.examine`."""
    schemas.forget()
    left = _allowance(client)
    return Examination(
        findings=(
            _log_in(settings),
            *checking.of_types(client, schemas, settings, question.streams),
            *_access(schemas, settings),
            *(_line_items(schemas) if question.line_items else ()),
            *_reasons(schemas, settings, question.reasons),
        ),
        picklists=_picklists(schemas, question),
        people=_people(client, question.people),
        queues=_queues(client, question.queues),
        left_behind=_left_behind(client),
        server_now=client.server_now(),
        allowance=left or _by_header(client),
        version=version(client.version),
    )


def _allowance(client: Client) -> Allowance | None:
    """By the `limits` resource, which also shows whether the log-in works. It asks for a
    permission that the user may lack."""
    try:
        return checking.allowance(client)
    except (refusals.Refusal, NotOffered):
        return None


def _by_header(client: Client) -> Allowance | None:
    """What good answers say beside: nearly the same."""
    told = limits.told(client.transport.last_headers)
    if told is None or told.of is None or told.used is None:
        return None
    return Allowance(max(told.of - told.used, 0), told.of)


def _log_in(settings: SalesforceSettings) -> Finding:
    flow = "client credentials" if settings.client_secret is not None else "JWT bearer"
    ends = SOAP_LOGIN_ENDS_ON
    sentence = f"by {flow}; the SOAP log-in, which ends on {ends.day} {ends:%B %Y}, is not used"
    return Finding("log-in", True, sentence, Area.LOG_IN)


def _access(schemas: Schemas, settings: SalesforceSettings) -> Iterator[Finding]:
    """What the user may do with each type, and where tasks may hang."""
    task = schemas.get("Task")
    if task is not None:
        may = task.createable and task.updateable
        yield _permission("Task", may, "Create and Edit on tasks (`Edit Tasks`)")
    for type in dict.fromkeys(("Account", *settings.watched_types)):
        schema = schemas.get(type) if soql.is_name(type) else None
        if schema is None:
            continue
        yield _permission(type, schema.updateable, f"Edit on {type}")
        if type == "Account":
            yield checking.interview(schema)
            takes = schema.activities is not False
            sentence = "" if takes else "tasks cannot hang on it: look at the object's settings"
            yield Finding(type, takes, sentence, Area.ACTIVITIES)
        elif schema.activities is not None:
            sentence = "" if schema.activities else "takes no tasks; ours hang on the account"
            yield Finding(type, True, sentence, Area.ACTIVITIES)


def _line_items(schemas: Schemas) -> Iterator[Finding]:
    missing = line_items.hidden(schemas)
    sentence = ""
    if missing:
        sentence = (
            f"give the user Read on {missing} by a permission set; until then texts leave out what"
            " was bought line by line"
        )
    yield Finding(f"{line_items.TYPE}: reading", not missing, sentence, Area.SCOPES)


def _reasons(
    schemas: Schemas, settings: SalesforceSettings, reasons: Sequence[str]
) -> Iterator[Finding]:
    """A rule file may have got categories since our picklist was made."""
    for type in dict.fromkeys(("Account", *settings.watched_types)):
        schema = schemas.get(type) if soql.is_name(type) else None
        field = schema.find(FIELD_NAMES[Field.REASON]) if schema else None
        if field is None or field.type not in _PICKLISTS:
            continue
        present = {value.lower() for value in field.values}
        missing = [one for one in reasons if one.lower() not in present]
        sentence = f"lacks {', '.join(missing)}: run `winback provision`" if missing else ""
        yield Finding(f"{type}.{field.name}", not missing, sentence, Area.PICKLISTS)


def _permission(type: str, granted: bool, needed: str) -> Finding:
    sentence = "" if granted else f"give the user {needed} by a permission set"
    return Finding(type, granted, sentence, Area.SCOPES)


def _picklists(schemas: Schemas, question: Question) -> dict[tuple[str, str], tuple[str, ...]]:
    found = {}
    for type, name in question.picklists:
        schema = schemas.get(type) if soql.is_name(type) else None
        field = schema.find(name) if schema else None
        if field is not None and field.type in _PICKLISTS:
            found[type, name] = field.values
    return found


def _people(client: Client, addresses: Sequence[str]) -> tuple[Owner, ...] | None:
    fields = ("Id", "Name", "Email", "IsActive")
    rows: list[dict[str, Any]] = []
    try:
        for where in soql.in_lists("Email", addresses):
            rows += client.query(soql.select(fields, "User", where), kind="other")["records"]
    except refusals.Refusal:
        return None
    return tuple(map(_user, rows))


def _queues(client: Client, names: Sequence[str]) -> tuple[Owner, ...] | None:
    found = queues.shown(client) if names else ()
    return None if found is None else called(found, names)


def _user(row: dict[str, Any]) -> Owner:
    return Owner(
        id=str(row.get("Id")),
        name=str(row.get("Name") or ""),
        email=str(row.get("Email") or ""),
        active=row.get("IsActive") is not False,
    )


def _left_behind(client: Client) -> int | None:
    try:
        number = client.query(_LEFT_BEHIND, kind="other").get("totalSize")
    except (refusals.Refusal, NotOffered):
        return None
    return number if isinstance(number, int) else None
