"""What HubSpot's answer to a batch means for each of its rows. Pure.

An error names its row by the `objectWriteTraceId` that we sent, or by the record's id; results
come in any order once a row failed, so they are matched by what they hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.base import Push, PushKind, PushResult, Settled
from connectors.errors import OutcomeUnknown
from connectors.hubspot.answers import context_values, error_codes, property_names, says
from connectors.hubspot.api import is_record
from connectors.hubspot.drafts import PREFIX, property_name
from connectors.hubspot.paths import COMPANIES
from connectors.hubspot.values import instant, text
from rules.model import Field

BATCH_REFUSED: Final = "batch refused"
"""The code of rows that HubSpot refused together without saying which is at fault: to be sent
again in smaller batches."""

ANCHOR_GONE: Final = "anchor gone"
"""The code of a new task that was refused because the contact or deal that it was to hang on is
not there any more, while its account may be."""

_OURS: Final = {property_name(field): field for field in Field}
_LOCKED: Final = re.compile(
    r"locked|closed deal|deal is closed|not editable|cannot be edited|can't be edited"
    r"|restricted",
    re.IGNORECASE,
)
_PASSING: Final = re.compile(
    r"RATE_LIMIT|INTERNAL_ERROR|SERVICE_UNAVAILABLE|TIMEOUT|^LOCKED$|LOCK_CONFLICT", re.IGNORECASE
)
_MISSING: Final = re.compile(
    r"OBJECT_NOT_FOUND|RESOURCE_NOT_FOUND|INVALID_OBJECT_IDS", re.IGNORECASE
)
_FORBIDDEN: Final = re.compile(r"MISSING_SCOPES|PERMISSION|FORBIDDEN", re.IGNORECASE)
_TAKEN: Final = re.compile(r"CONFLICT|already (exists|has)|unique|duplicate", re.IGNORECASE)
_OWNER: Final = "hubspot_owner_id"


def row_error(push: Push, error: Mapping[str, Any]) -> PushResult:
    """One row's own error."""
    codes = error_codes(error)
    names = property_names(error)
    bad = tuple(_OURS[name] for name in names if name in _OURS)
    told = _sentence(names, codes)

    def result(settled: Settled, sentence: str) -> PushResult:
        return PushResult(
            push.id, settled, code=codes[0] if codes else "", sentence=sentence, bad_fields=bad
        )

    if any(_PASSING.search(code) for code in codes):
        return result(Settled.RETRY, f"HubSpot could not take this row just now{told}")
    if any(_MISSING.search(code) for code in codes):
        return _missing(push, error, codes)
    if _OWNER in names:
        return result(
            Settled.OWNER_REFUSED, f"HubSpot does not accept the owner of this task{told}"
        )
    if any(_FORBIDDEN.search(code) for code in codes):
        return result(Settled.REFUSED, f"the token may not write this record{told}")
    if _locks(push, error):
        return result(
            Settled.LOCKED,
            f"HubSpot's rules lock {_spoken(names) or 'this record'} in its present state{told}",
        )
    return result(Settled.REFUSED, f"HubSpot refused {_spoken(names) or 'this row'}{told}")


def delivered(push: Push, row: Mapping[str, Any]) -> PushResult:
    asked = push.ref.id if push.ref else None
    return PushResult(
        push.id,
        Settled.DELIVERED,
        crm_id=asked or text(row.get("id")),
        modified_at=instant(row.get("updatedAt")) or instant(row.get("createdAt")),
    )


def results(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows that went through. Raises OutcomeUnknown where the answer has no list of them."""
    found = answer.get("results")
    if not isinstance(found, list) or not all(map(is_record, found)):
        raise OutcomeUnknown("HubSpot's answer to a write has no list of records")
    return found


def errors(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows that did not."""
    found = answer.get("errors")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def key_is_taken(error: Mapping[str, Any]) -> bool:
    """Whether a create failed because a task with our key stands already."""
    names = property_names(error)
    ours = not names or property_name(Field.KEY) in names
    return ours and says(error, _TAKEN)


def named_rows(
    told: Sequence[Mapping[str, Any]], batch: Sequence[Push]
) -> dict[str, Mapping[str, Any]]:
    """Push id -> its error, for the errors that say which row they are about."""
    by_record: dict[str, list[Push]] = {}
    for push in batch:
        if push.ref is not None:
            by_record.setdefault(push.ref.id, []).append(push)
    known = {push.id for push in batch}
    found: dict[str, Mapping[str, Any]] = {}
    for error in told:
        traced = [one for one in context_values(error, "objectWriteTraceId") if one in known]
        if not traced:
            ids = [*context_values(error, "id"), *context_values(error, "ids")]
            traced = [push.id for one in ids for push in by_record.get(one, ())]
        if not traced:
            traced = _by_index(error, batch)
        found.update(dict.fromkeys(traced, error))
    return found


def whole_batch(body: Mapping[str, Any], batch: Sequence[Push]) -> list[PushResult]:
    """A call that was refused as a whole: nothing was written.

    The rows that the answer names are settled by what it says of them; a row sent alone is the
    one meant; all others are to be sent again in smaller batches.
    """
    if len(batch) == 1:
        return [row_error(batch[0], body)]
    nested = errors(body)
    named = named_rows([*nested, body], batch)
    if len(named) == len(batch) and len(nested) < len(batch):
        named = {}  # one error with all ids in it tells nothing about any of them
    return [
        row_error(push, named[push.id])
        if push.id in named
        else PushResult(
            push.id,
            Settled.RETRY,
            code=BATCH_REFUSED,
            sentence="HubSpot refused the whole batch"
            + (" for the sake of another row" if named else " without saying which row is at fault")
            + _sentence(property_names(body), error_codes(body)),
        )
        for push in batch
    ]


def _missing(push: Push, error: Mapping[str, Any], codes: Sequence[str]) -> PushResult:
    """A record that is gone ends its row, unless a new task can still hang on its account."""
    account = push.task.account_id if push.task else None
    ids = {one for name in ("id", "ids", "objectId") for one in context_values(error, name)}
    if account is not None and ids and account not in ids:
        return PushResult(
            push.id,
            Settled.REFUSED,
            code=ANCHOR_GONE,
            sentence="the contact or deal that the task hangs on is not in HubSpot any more",
        )
    return PushResult(
        push.id, Settled.GONE, code=codes[0], sentence="the record is not in HubSpot any more"
    )


def _locks(push: Push, error: Mapping[str, Any]) -> bool:
    """Whether the portal's rules for closed deals keep us out; the account is never locked so."""
    locks = push.kind is PushKind.FIELD and push.ref is not None and push.ref.type != COMPANIES
    return locks and "PROPERTY_DOESNT_EXIST" not in error_codes(error) and says(error, _LOCKED)


def _by_index(error: Mapping[str, Any], batch: Sequence[Push]) -> list[str]:
    places = [one for one in context_values(error, "index") if one.isdigit()]
    return [batch[int(place)].id for place in places if int(place) < len(batch)]


def _spoken(names: Sequence[str]) -> str:
    return ", ".join(names)


def _sentence(names: Sequence[str], codes: Sequence[str]) -> str:
    """Never HubSpot's own message: it quotes the record."""
    code = codes[0] if codes else ""
    advice = _ADVICE.get(code, "")
    if code == "PROPERTY_DOESNT_EXIST" and any(name.startswith(PREFIX) for name in names):
        advice = "run winback provision"
    shown = [part for part in (code, advice) if part]
    return f" ({'; '.join(shown)})" if shown else ""


_ADVICE: Final = {
    "INVALID_OPTION": "the value is not one of the property's options: run winback provision",
    "INVALID_DATE": "the value is not a date",
    "VALUE_TOO_LONG": "the text is too long",
    "READ_ONLY_VALUE": "the property cannot be written",
}
