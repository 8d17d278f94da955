"""The Rolodex connector. What could be lost between two polls: nothing, see `rolodex.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Absent, Calls, Cursor, Page, Push, PushKind, PushResult, Settled
from connectors.errors import CredentialsRefused, CrmError, OutcomeUnknown, Throttled
from connectors.examination import ApiVersion, Area, Examination, Finding, Question
from connectors.limits import Gate, OpenGate
from connectors.stream import Stream
from connectors.transport import CallKind, Transport
from rules.model import Field, Kind, Owner, Ref, Snapshot
from rules.survey import FieldSort, Survey, SurveyedField, SurveyedType
from tests.connectors.tiny.mapping import KINDS, TODO, field_name, ours_of, row_of, snapshot

PAGE, BATCH = 100, 50


class RolodexConnector:
    """Satisfies `connectors.base.Connector`."""

    kind = "rolodex"
    task_type = TODO
    at_once = 1
    in_doubt = False  # never asks for two things at once
    locks_accounts = False

    def __init__(
        self,
        name: str,
        base_url: str,
        token: str,
        watched: tuple[str, ...] = (),
        gate: Gate | None = None,
    ) -> None:
        self.name = name
        self.calls = Calls()
        self.grace = timedelta(0)  # a todo's key is unique: a second try finds the first
        self._watched = ("client", *watched)
        self._headers = {"Authorization": f"Token {token}"}
        self._transport = Transport(base_url, self.calls, gate=gate or OpenGate())
        self._types: dict[str, dict[str, list[str]]] | None = None

    # ---- reading

    def streams(self, watched: Sequence[Stream]) -> list[Stream]:
        found = {type: Stream(type, kind) for type, kind in KINDS.items()}
        todos = found.pop(TODO)
        for one in watched:
            kind = KINDS.get(one.type, one.kind)
            fields = (*one.fields, *found.get(one.type, todos).fields)
            found[one.type] = replace(one, kind=kind, fields=tuple(dict.fromkeys(fields)))
        return [one for one in (*found.values(), todos) if one.type in self._schema()]

    def changed(self, stream: Stream, cursor: Cursor | None, now: datetime) -> Iterator[Page]:
        """The cursor holds the last change number, and whether the history is still read; by
        whose clock it is read does not matter."""
        del now
        after = cursor["after"] if cursor else 0
        history = cursor["history"] if cursor else True
        more = True
        while more:
            asked = f"/changes?type={stream.type}&after={after}&limit={PAGE}"
            told = self._call("GET", asked, "read")
            after = told["rows"][-1]["change"] if told["rows"] else after
            more = told["more"]
            read = [self._snapshot(stream, row) for row in told["rows"]]
            yield Page(
                {"after": after, "history": history and more},
                snapshots=tuple(one for one in read if not one.deleted),
                gone=tuple(one.ref for one in read if one.deleted),
                history=history,
                total=told["total"],
            )

    def read(self, stream: Stream, ids: Sequence[str]) -> list[Snapshot]:
        if not ids:
            return []
        told = self._call("POST", "/rows", "read", {"type": stream.type, "ids": list(ids)})
        return [self._snapshot(stream, row) for row in told["rows"]]

    def absent(self, stream: Stream, ids: Sequence[str]) -> Absent:
        told = {one.ref.id: one for one in self.read(stream, ids)}
        gone = tuple(one for one in told.values() if one.deleted or one.merged_into)
        return Absent(gone, tuple(id for id in ids if id not in told))

    def find(self, creates: Sequence[Push]) -> dict[str, str | None]:
        keys = {push.id: push.task.key for push in creates if push.task}
        if not keys:
            return {}
        ids = self._call("POST", "/find", "search", {"keys": list(keys.values())})["ids"]
        return {id: ids.get(key) for id, key in keys.items()}

    def link(self, ref: Ref) -> str:
        return f"{self._transport.base_url}/open/{ref.type}/{ref.id}"

    # ---- writing

    def batch_limit(self, kind: PushKind) -> int:
        """The same for every kind of push."""
        del kind
        return BATCH

    def push(self, batch: Sequence[Push]) -> list[PushResult]:
        if not batch:
            return []
        left_out = {push.id: self._left_out(push) for push in batch}
        empty = [p.id for p in batch if p.values and len(left_out[p.id]) == len(p.values)]
        sent = [push for push in batch if push.id not in empty]
        rows = [row_of(push, self._exists(push.ref.type if push.ref else TODO)) for push in sent]
        answers = self._call("POST", "/write", "write", {"rows": rows})["results"] if sent else []
        if len(answers) != len(sent):
            raise OutcomeUnknown("Rolodex answered for another number of rows")
        results = {push.id: _settled(push, told) for push, told in zip(sent, answers, strict=True)}
        sentence = "no such field there: run winback provision"
        nothing = (PushResult(id, Settled.REFUSED, sentence=sentence) for id in empty)
        results |= {one.push_id: one for one in nothing}
        return [replace(results[push.id], left_out=left_out[push.id]) for push in batch]

    def _left_out(self, push: Push) -> tuple[Field, ...]:
        exists = self._exists(push.ref.type) if push.ref else ()
        return tuple(field for field in push.values if field_name(field) not in exists)

    # ---- setting up

    def provision(self, reasons: Sequence[tuple[str, str]], plan_only: bool) -> list[str]:
        sentences = []
        for type in dict.fromkeys((*self._watched, "person", TODO)):
            for field in ours_of(type):
                name = field_name(field)
                choices = [value for value, _ in reasons] if field is Field.REASON else []
                there = self._schema().get(type, {}).get(name)
                if there is not None and set(choices) <= set(there):
                    continue
                sentences.append(f"{type}.{name}: {'a field' if there is None else 'its choices'}")
                if not plan_only:
                    body = {"type": type, "name": name, "choices": choices}
                    self._call("POST", "/fields", "other", body)
        self._types = None
        return sentences

    def check(self, streams: Sequence[Stream]) -> list[Finding]:
        self._types = None
        try:
            types = self._schema()
        except CrmError as error:
            return [Finding("log-in", ok=False, sentence=str(error), area=Area.LOG_IN)]
        findings = [Finding("log-in", ok=True, sentence="accepted", area=Area.LOG_IN)]
        for one in streams:
            told = "" if one.type in types else "Rolodex has no such type: mend the rule file"
            findings.append(Finding(one.type, ok=not told, sentence=told))
        named = [(one.type, name) for one in streams for name in one.fields if one.type in types]
        ours = [(type, field_name(f)) for type in self._watched for f in ours_of(type)]
        for type, name in dict.fromkeys((*named, *ours)):
            told = "" if name in types.get(type, {}) else "no such field: run winback provision"
            findings.append(Finding(f"{type}.{name}", not told, told, Area.FIELDS))
        return findings

    def examine(self, question: Question) -> Examination:
        findings = self.check(question.streams)
        reason = field_name(Field.REASON)
        offered = self._exists("client").get(reason, [])
        lacking = ", ".join(one for one in question.reasons if one not in offered)
        if lacking:
            told = f"lacks {lacking}: run winback provision"
            findings.append(Finding(f"client.{reason}", False, told, Area.PICKLISTS))
        return Examination(
            tuple(findings),
            people=tuple(one for one in self._people() if one.email in question.people),
            server_now=self._transport.server_now(),
            version=ApiVersion("1", sentence="the only one"),
        )

    def survey(self) -> Survey:
        names = (SurveyedField(name, FieldSort.OTHER) for name in self._exists("sale"))
        return Survey(SurveyedType("sale", tuple(names)), people=tuple(self._people()))

    def _people(self) -> Iterator[Owner]:
        for page in self.changed(Stream("staff", Kind.OWNER), None, datetime.now(UTC)):
            yield from (one.entity for one in page.snapshots if isinstance(one.entity, Owner))

    # ---- calls

    def _snapshot(self, stream: Stream, row: Any) -> Snapshot:
        return snapshot(stream, row, self._exists(stream.type))

    def _exists(self, type: str) -> dict[str, list[str]]:
        return self._schema().get(type, {})

    def _schema(self) -> dict[str, dict[str, list[str]]]:
        if self._types is None:
            self._types = self._call("GET", "/schema", "other")["types"]
        return self._types

    def _call(self, method: str, path: str, kind: CallKind, body: Any = None) -> Any:
        answer = self._transport.request(method, path, kind=kind, json=body, headers=self._headers)
        if answer.status_code == 401:
            raise CredentialsRefused(f"Rolodex refuses the token of [crm.{self.name}]")
        if answer.status_code == 429:
            seconds = int(answer.headers["Retry-After"])
            until = datetime.now(UTC) + timedelta(seconds=seconds)
            raise Throttled("Rolodex: too many calls", until)
        if not answer.ok:
            raise CrmError(f"Rolodex answered {answer.status_code}")
        return answer.body()


def _settled(push: Push, told: Any) -> PushResult:
    if told["ok"]:
        return PushResult(push.id, Settled.DELIVERED, told["id"])
    if told["error"] == "gone":
        return PushResult(push.id, Settled.GONE, code="gone", sentence="the record is deleted")
    sentence = f"Rolodex does not have the field {told['field']}: run winback provision"
    return PushResult(push.id, Settled.REFUSED, code=told["error"], sentence=sentence)
