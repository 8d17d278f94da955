"""`/_sandbox/...`: look into the sandbox and play fate. The same on both sockets.

A call without `crm` is about the CRM whose socket it came in by. Bodies are JSON objects;
what cannot be done is answered 400 with a sentence, what is not imitated 501.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from connectors.sandbox.hubspot import canned as hubspot_canned
from connectors.sandbox.hubspot.crm import HubSpotPortal
from connectors.sandbox.hubspot.refusals import Refusal
from connectors.sandbox.salesforce import canned as salesforce_canned
from connectors.sandbox.salesforce.crm import SalesforceOrg
from connectors.sandbox.salesforce.faults import CallFault, RowFault
from connectors.sandbox.wire import Request, Response
from connectors.sandbox.world import Fault, LedgerEntry, World

ACTIONS = ("status", "delay", "reset", "hang", "lost", "cut", "late", "html", "drip", "partial")
"""Every action that a planned fault may have; `world.Fault` says what each does."""

_FAULT_KEYS = frozenset(one.name for one in fields(Fault))
_CRMS = ("salesforce", "hubspot")
_ANSWERS: Mapping[str, Mapping[str, Callable[..., Fault]]] = {
    "salesforce": {n: partial(salesforce_canned.fault, n) for n in salesforce_canned.ANSWERS},
    "hubspot": {n: partial(hubspot_canned.fault, n) for n in hubspot_canned.ANSWERS},
}

Body = Mapping[str, Any]


class Stage(Protocol):
    """The running sandbox, as far as fate needs it."""

    world: World
    salesforce: SalesforceOrg
    hubspot: HubSpotPortal

    def reset(self) -> None: ...


class Control:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._read: dict[str, Callable[[dict[str, str], str], Any]] = {
            "state": self._state,
            "ledger": self._ledger,
            "calls": self._calls,
            "clock": lambda _args, _crm: {"now": self._now()},
            "faults": lambda _args, _crm: self._faults(),
        }
        self._write: dict[str, Callable[[Body, str], Any]] = {
            "clock": self._move_clock,
            "change": self._change,
            "faults": self._plan,
            "reset": self._reset,
        }

    def handle(self, request: Request, crm: str) -> Response:
        what = request.path.removeprefix("/_sandbox").strip("/")
        try:
            if request.method == "GET" and what in self._read:
                args = request.args()
                return Response(200, self._read[what](args, _crm(args.get("crm", crm))))
            if request.method == "POST" and what in self._write:
                body = request.json() or {}
                return Response(200, self._write[what](body, _crm(body.get("crm", crm))))
        except RowFault as fault:
            return Response(400, {"error": f"{fault.code}: {fault.message}"})
        except (CallFault, Refusal, ValueError, LookupError, TypeError, AttributeError) as fault:
            return Response(400, {"error": str(fault)})
        sentence = f"The sandbox has no {request.method} /_sandbox/{what}."
        return Response(501, {"error": sentence})

    def _now(self) -> str:
        return self.stage.world.clock.now().isoformat()

    def _state(self, args: Mapping[str, str], crm: str) -> dict[str, Any]:
        """Salesforce: records per object, or the records of `type`. HubSpot: `type` or all."""
        wanted = args.get("type")
        if crm == "salesforce":
            return self.stage.salesforce.state(wanted)
        state = self.stage.hubspot.state()
        return state if wanted is None else {wanted: state[wanted]}

    def _ledger(self, args: Mapping[str, str], _crm: str) -> list[dict[str, Any]]:
        """Both CRMs' writes, those after number `since`."""
        since = int(args.get("since", "0"))
        world = self.stage.world
        with world.lock:
            return [_entry(one) for one in world.ledger if one.number > since]

    def _calls(self, _args: Mapping[str, str], _crm: str) -> dict[str, dict[str, int]]:
        world = self.stage.world
        with world.lock:
            counted: dict[str, dict[str, int]] = {crm: {} for crm in _CRMS}
            for (crm, kind), number in world.calls.items():
                counted.setdefault(crm, {})[kind] = number
        return counted

    def _move_clock(self, body: Body, _crm: str) -> dict[str, str]:
        clock = self.stage.world.clock
        if "set" in body:
            instant = datetime.fromisoformat(body["set"])
            clock.set(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
        elif "advance" in body:
            clock.advance(float(body["advance"]))
        else:
            raise ValueError('give {"set": instant} or {"advance": seconds}')
        return {"now": self._now()}

    def _faults(self) -> list[dict[str, Any]]:
        world = self.stage.world
        with world.lock:
            return [asdict(fault) for fault in world.faults]

    def _plan(self, body: Body, crm: str) -> list[dict[str, Any]]:
        """One fault, several as {"plan": [...]}, or {"clear": true} to forget those planned. One
        that has "answer" in the place of "action" is one of the CRM's own refusals by name."""
        world = self.stage.world
        plan = [] if body.get("clear") else body.get("plan", [body])
        planned = [_canned(one, crm) if "answer" in one else _fault(one) for one in plan]
        with world.lock:
            if body.get("clear"):
                world.faults.clear()
            world.faults.extend(planned)
        return self._faults()

    def _change(self, body: Body, crm: str) -> dict[str, Any]:
        """What a person does: {"verb", "type", "id", "fields"}; merge takes winner and loser."""
        verb = body.get("verb")
        change = _VERBS.get(str(verb))
        if change is None:
            raise ValueError(f"no verb {verb}; there are {', '.join(_VERBS)}")
        target = self.stage.salesforce if crm == "salesforce" else self.stage.hubspot
        return {"id": change(target, body)}

    def _reset(self, _body: Body, _crm: str) -> dict[str, str]:
        self.stage.reset()
        return {"now": self._now()}


def _crm(name: str) -> str:
    if name not in _CRMS:
        raise ValueError(f"no CRM {name}; there are {', '.join(_CRMS)}")
    return name


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    return {**asdict(entry), "at": entry.at.isoformat()}


def _check_keys(told: Body) -> None:
    unknown = set(told) - _FAULT_KEYS
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")


def _fault(told: Body) -> Fault:
    _check_keys(told)
    if told.get("action") not in ACTIONS:
        raise ValueError(f"a fault's action is one of {', '.join(ACTIONS)}")
    return Fault(**told)


def _canned(told: Body, crm: str) -> Fault:
    answers = _ANSWERS[_crm(told.get("crm", crm))]
    if told["answer"] not in answers:
        raise ValueError(f"the answers are {', '.join(answers)}")
    _check_keys(match := {k: v for k, v in told.items() if k not in ("answer", "crm")})
    return answers[told["answer"]](**match)


_Target = SalesforceOrg | HubSpotPortal


def _fields(body: Body) -> Mapping[str, Any]:
    found = body.get("fields", body.get("properties", {}))
    if not isinstance(found, Mapping):
        raise TypeError("fields is an object of names and values")
    return found


def _create(target: _Target, body: Body) -> str:
    if isinstance(target, HubSpotPortal):
        return target.create(body["type"], _fields(body), body.get("associations"))
    return target.create(body["type"], _fields(body))


def _update(target: _Target, body: Body) -> str:
    target.update(body["type"], str(body["id"]), _fields(body))
    return str(body["id"])


def _delete(target: _Target, body: Body) -> str:
    target.delete(body["type"], str(body["id"]))
    return str(body["id"])


def _restore(target: _Target, body: Body) -> str:
    target.restore(body["type"], str(body["id"]))
    return str(body["id"])


def _merge(target: _Target, body: Body) -> str:
    winner, loser = str(body["winner"]), str(body["loser"])
    return target.merge(body["type"], winner, loser) or winner


_VERBS: dict[str, Callable[[_Target, Body], str]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "undelete": _restore,
    "restore": _restore,
    "merge": _merge,
}
