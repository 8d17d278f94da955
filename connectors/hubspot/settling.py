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
from connectors.hubspot.drafts import property_name
from connectors.hubspot.paths import COMPANIES
from connectors.hubspot.row_table import LOCKED, OTHERWISE, rule_of
from connectors.hubspot.values import instant, text
from rules.model import Field

BATCH_REFUSED: Final = "batch refused"
"""The code of rows that HubSpot refused together without saying which is at fault: to be sent
again in smaller batches."""

ANCHOR_GONE: Final = "anchor gone"
"""The code of a new task that was refused because the contact or deal that it was to hang on is
not there any more, while its account may be."""

_OURS: Final = {property_name(field): field for field in Field}
_TAKEN: Final = re.compile(r"CONFLICT|already (exists|has)|unique|duplicate", re.IGNORECASE)
_OWNER: Final = "hubspot_owner_id"
_NAMED_AT_MOST: Final = 3


def row_error(push: Push, error: Mapping[str, Any]) -> PushResult:
    """One row's own error. The sentence never has HubSpot's own message: it quotes the record."""
    codes = error_codes(error)
    names = property_names(error)
    rule = rule_of(codes)
    settled, hint = rule.settled, rule.hint.format(names=_spoken(names) or "other properties")
    if settled is Settled.GONE:
        return _missing(push, error, codes)
    if settled is Settled.REFUSED and _OWNER in names and push.kind is not PushKind.FIELD:
        settled = Settled.OWNER_REFUSED
        hint = "the owner of this task has left or cannot own it: name somebody else"
    elif settled is Settled.REFUSED and _locks(push, error):
        settled = Settled.LOCKED
        hint = "a rule of your portal locks the record in its present state"
    return PushResult(
        push.id,
        settled,
        code=codes[0] if codes else "",
        sentence=_sentence(push, names, codes, hint),
        bad_fields=tuple(_OURS[name] for name in names if name in _OURS),
    )


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
            + "; it is sent again in parts.",
        )
        for push in batch
    ]


def _missing(push: Push, error: Mapping[str, Any], codes: Sequence[str]) -> PushResult:
    """A record that is gone ends its row, unless a new task can still hang on its account. An
    error that does not say what is missing is taken to speak of the contact or the deal."""
    account = push.task.account_id if push.task else None
    ids = {one for name in ("id", "ids", "objectId") for one in context_values(error, name)}
    if account is not None and account not in ids:
        return PushResult(
            push.id,
            Settled.REFUSED,
            code=ANCHOR_GONE,
            sentence="HubSpot refused the task: what it is to hang on is not there any more. Look"
            " at its account, contact and deal.",
        )
    return PushResult(
        push.id, Settled.GONE, code=codes[0], sentence="The record is not in HubSpot any more."
    )


def _locks(push: Push, error: Mapping[str, Any]) -> bool:
    """Whether the portal's rules for closed deals keep us out; the account is never locked so.
    An error about a property of ours is about that property."""
    locks = push.kind is PushKind.FIELD and push.ref is not None and push.ref.type != COMPANIES
    return locks and rule_of(error_codes(error)) is OTHERWISE and says(error, LOCKED)


def _by_index(error: Mapping[str, Any], batch: Sequence[Push]) -> list[str]:
    places = [one for one in context_values(error, "index") if one.isdigit()]
    return [batch[int(place)].id for place in places if int(place) < len(batch)]


def _spoken(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED_AT_MOST} more" if len(names) > _NAMED_AT_MOST else ""
    return ", ".join(names[:_NAMED_AT_MOST]) + more


def _sentence(push: Push, names: Sequence[str], codes: Sequence[str], hint: str) -> str:
    what = f"the task ({_spoken(names)})" if names else "the task"
    if push.kind is PushKind.FIELD:
        ours = [name for name in names if name in _OURS]
        written = ours or [property_name(field) for field in push.values]
        what = f"{_spoken(written)} on {push.ref.type if push.ref else 'the record'}"
        theirs = [name for name in names if name not in _OURS]
        if theirs:
            what += f" because of {_spoken(theirs)}"
    said = codes[0] if codes else "no reason given"
    return f"HubSpot refused {what}: {said}. {hint[:1].upper()}{hint[1:]}."
