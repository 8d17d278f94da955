"""The lost record of a test case: which watch finds it, and what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from rules.case import Case
from rules.given_keys import RECORD_KEYS, day_of
from rules.model import (
    Contract,
    Field,
    Kind,
    Money,
    Opportunity,
    Ref,
    Snapshot,
    Value,
    Verdict,
)
from rules.ruleset import RuleSet
from rules.watching import Watch

DEALS = frozenset({"opportunity", "opportunities", "deal", "deals", "0-3"})
_RUNS = ("subscription", "contract")
_OURS = {
    "category": Field.REASON,
    "provenance": Field.PROVENANCE,
    "fault": Field.FAULT,
    "changeable": Field.CHANGEABLE,
    "competitor": Field.COMPETITOR,
}
LOST = "lost"
"""The id of the record that a test loses."""

_NO_WATCH = Watch(name="lost", crm="crm", record="Opportunity")


@dataclass(frozen=True, slots=True)
class Stated:
    """What the test says of the loss. `watch` None: no record is lost, time alone may tell."""

    watch: Watch | None
    watches: tuple[Watch, ...]
    crm: str
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class LostRecord:
    record: Snapshot
    deal: Opportunity | None


def stated_loss(given: Mapping[str, Any], rules: RuleSet) -> Stated:
    """Which watch tells of the loss. Where the test states no field of the CRM's own, the record
    is taken as lost; where it does, the watches' conditions are asked."""
    said = given.get("lost", {})
    word = given.get("verdict")
    verdict = Verdict(word) if word in set(Verdict) else None
    usual = rules.watches[0].crm if rules.watches else _NO_WATCH.crm
    crm = str(given.get("crm", usual))
    if said is False:
        return Stated(None, rules.watches, crm, verdict)
    watch = _chosen(given, said, rules, verdict)
    if "crm" not in given:
        crm = watch.crm
    if any(name not in RECORD_KEYS["lost"] for name in said):
        return Stated(watch, rules.watches, crm, verdict)
    taken = replace(
        watch,
        lost_when=None,
        crm=crm,
        verdict=verdict or watch.verdict,
        reason=watch.reason or "reason",
        words=watch.words or "words",
        value=watch.value or "value",
        known_on=watch.known_on or "known_on",
        lost_on=watch.lost_on or "lost_on",
    )
    return Stated(taken, (taken,), crm, verdict)


def _chosen(
    given: Mapping[str, Any], said: Mapping[str, Any], rules: RuleSet, verdict: Verdict | None
) -> Watch:
    name = said.get("watch", given.get("watch"))
    record = given.get("record")
    fit = [
        w
        for w in rules.watches
        if (name is None or w.name == name)
        and (record is None or w.record == record)
        and ("crm" not in given or w.crm == given["crm"])
        and (not given.get("renewal") or w.means == "renewal")
    ]
    # without a name the ordinary one is meant: where a watch decides alone, nothing else can
    plain = [w for w in fit if w.verdict in (None, verdict) and w.means is None]
    return next(iter(plain or fit or rules.watches), _NO_WATCH)


def lost_record(given: Mapping[str, Any], stated: Stated, today: date) -> LostRecord | None:
    """The record that was lost, with its deal where it is one. Raises `UnclearDay`."""
    watch = stated.watch
    if watch is None:
        return None
    said = given.get("lost", {})
    lost_on, known_on = _days(given, said, today)
    fields = _fields(given, said, watch, lost_on, known_on)
    amount = said.get("amount", given.get("loss_value"))
    entity = _entity(said, watch, lost_on, amount)
    record = Snapshot(
        ref=Ref(watch.record, LOST),
        kind=Kind.OPPORTUNITY if isinstance(entity, Opportunity) else Kind.RECORD,
        entity=entity,
        fields=fields,
        ours={_OURS[k]: str(v) for k, v in {**given, **said}.items() if k in _OURS},
        account_id="account",
        owner_id=said.get("owner"),
    )
    return LostRecord(record, entity if isinstance(entity, Opportunity) else None)


def told_later(case: Case, rules: RuleSet, found: Mapping[str, Any]) -> Case:
    """The case with what was found out since, on the lost record; where time alone told of the
    loss, on the account. What a person writes stands above what we wrote there meanwhile."""
    records = {record.ref: record for record in case.records}
    lost = next((r for r in case.records if r.ref.id == LOST), None)
    if lost is None and case.account_ref is not None:
        blank = Snapshot(case.account_ref, Kind.ACCOUNT, case.account, case.account_fields)
        lost = records.get(case.account_ref, blank)
    if lost is None:
        return case
    watch = _watch_of(lost.ref, case, rules)
    told = {watch.reason: found.get("reason"), watch.words: found.get("words")}
    fields = {name: said for name, said in told.items() if name and said is not None}
    chosen = {_OURS[name]: str(said) for name, said in found.items() if name in _OURS}
    before = {field: said for field, said in lost.ours.items() if said != "unknown"}
    records[lost.ref] = replace(lost, fields={**lost.fields, **fields}, ours=before | chosen)
    return replace(case, records=tuple(records.values()))


def _watch_of(record: Ref, case: Case, rules: RuleSet) -> Watch:
    """The watch that found the record, else the first that reads such records."""
    found_by = {loss.watch for loss in case.losses if loss.record == record}
    fits = [w for w in rules.watches if (w.crm, w.record) == (case.crm, record.type)]
    return next((w for w in fits if w.name in found_by), next(iter(fits), _NO_WATCH))


def _days(given: Mapping[str, Any], said: Mapping[str, Any], today: date) -> tuple[date, date]:
    lost_on = today - timedelta(days=int(given.get("days_since_loss", 0)))
    if "on" in said:
        lost_on = day_of(said["on"], today)
    known_on = min(lost_on, today)
    if "days_since_known" in given:
        known_on = today - timedelta(days=int(given["days_since_known"]))
    if "known_on" in said:
        known_on = day_of(said["known_on"], today)
    return lost_on, known_on


def _fields(
    given: Mapping[str, Any], said: Mapping[str, Any], watch: Watch, lost_on: date, known_on: date
) -> dict[str, Value]:
    words = said.get("words", given.get("words"))
    if words is None and given.get("has_words"):
        words = "see notes"
    told: dict[str | None, Value] = {
        watch.lost_on: lost_on,
        watch.known_on: known_on,
        watch.reason: said.get("reason", given.get("stated_reason")),
        watch.words: words,
        watch.value: said.get("amount", given.get("loss_value")),
    }
    own = {k: v for k, v in said.items() if k not in RECORD_KEYS["lost"]}
    facts: Mapping[str, Value] = given.get("loss", {})
    return {**{k: v for k, v in told.items() if k and v is not None}, **own, **facts}


def _entity(
    said: Mapping[str, Any], watch: Watch, lost_on: date, amount: Any
) -> Opportunity | Contract | None:
    name = watch.record.lower()
    money = Money(Decimal(str(amount)), said.get("currency")) if amount is not None else None
    if name in DEALS:
        return Opportunity(
            id="lost",
            name=said.get("name", "the lost deal"),
            account_id="account",
            owner_id=said.get("owner"),
            amount=money,
            created_on=lost_on - timedelta(days=30),
            closed_on=lost_on,
            closed=bool(said.get("closed", True)),
            won=bool(said.get("won", False)),
            stage=said.get("stage"),
        )
    if any(word in name for word in _RUNS):
        ends_on = lost_on if "on" in said else None
        return Contract(id="lost", account_id="account", ends_on=ends_on, value=money)
    return None
