"""Every CRM of a rule file examined, live, and all findings put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from connectors.errors import CrmError
from connectors.examination import Area, Examination, Finding, Question
from integration import examined, interest
from integration.assembly import crm as assembled
from integration.call_gate import CallGate
from integration.config import Config, SecretMissing
from integration.crm_settings import CrmSettings
from integration.last_delivery import last_delivery
from integration.named_values import reason_picklists, reason_values
from integration.people_named import named_people, named_queues
from integration.push_door import push_door
from integration.runtime import Crm
from integration.sense import sense_for
from integration.standing_processes import processes
from integration.standing_rows import rows
from integration.store.pulse import Signs
from integration.store.telling import Standing
from integration.storeless_gate import StorelessGate
from rules.reasons import Categoriser
from rules.ruleset import RuleSet
from rules.standard_texts import standard_body

Patience = Callable[[Callable[[], Examination]], Examination]
Counted = Callable[[CrmSettings], AbstractContextManager[CallGate | StorelessGate]]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One CRM. `reached` False: it is unavailable, or refuses the credentials."""

    crm: str
    kind: str
    findings: tuple[Finding, ...]
    reached: bool = True

    @property
    def to_do(self) -> int:
        return sum(not finding.ok for finding in self.findings)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of asking one CRM; without an examination a finding says why."""

    crm: Crm | None = None
    examination: Examination | None = None
    heard_at: datetime | None = None
    refused: Finding | None = None
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Doctor:
    """`patiently` waits out short limits; `wall` is the real time; `counted` gives the gate
    before a CRM's calls while they are made."""

    config: Config
    environ: Mapping[str, str]
    wall: Callable[[], datetime]
    patiently: Patience
    counted: Counted

    def diagnose(
        self, names: Sequence[str], standings: Mapping[str, Standing | None]
    ) -> list[Diagnosis]:
        seen = {name: self._ask(name) for name in names}
        asked = _asked(seen)
        told = {n: one.examination for n, one in seen.items() if one.examination is not None}
        whole = set(names) == set(self.config.crms)
        offered = examined.offered(asked, told) if whole else None
        values = _values(self.config.ruleset)
        return [
            Diagnosis(
                crm=name,
                kind=self.config.crms[name].kind,
                findings=(
                    *self._of_crm(name, one, told, values, offered),
                    *push_door(self.config.crms[name], self.environ),
                    *self._deliveries(name, standings.get(name)),
                    *rows(standings.get(name), self.wall()),
                ),
                reached=one.reached,
            )
            for name, one in seen.items()
        ]

    def _deliveries(self, name: str, standing: Standing | None) -> Iterator[Finding]:
        known = standing.deliveries if standing else ()
        since = standing.state.first_contact_on if standing else None
        return last_delivery(self.config.crms[name], known, since, self.wall())

    def _ask(self, name: str) -> _Seen:
        with self.counted(self.config.crms[name]) as gate:
            return self._ask_through(gate, name)

    def _ask_through(self, gate: CallGate | StorelessGate, name: str) -> _Seen:
        try:
            crm = assembled(self.config.crms[name], self.config.ruleset, self.environ, gate)
        except (SecretMissing, ValueError) as fault:
            return _Seen(refused=Finding("log-in", False, str(fault), Area.LOG_IN))
        question = Question(
            streams=interest.streams(crm.rules, name, crm.types.account),
            picklists=reason_picklists(crm.rules, name),
            people=tuple(one.email for one in named_people(self.config.ruleset)),
            queues=tuple(one.name for one in named_queues(self.config.ruleset)),
            reasons=tuple(reason.id for reason in self.config.ruleset.reasons),
            line_items=prints_lines(self.config.ruleset),
        )
        try:
            examination = self.patiently(lambda: crm.connector.examine(question))
        except CrmError as error:
            refused = Finding("log-in", False, str(error), Area.LOG_IN)
            return _Seen(crm, refused=refused, reached=False)
        return _Seen(crm, examination, self.wall())

    def _of_crm(
        self,
        name: str,
        seen: _Seen,
        told: Mapping[str, Examination],
        values: examined.Values,
        offered: frozenset[str] | None,
    ) -> Iterator[Finding]:
        examination, heard_at = seen.examination, seen.heard_at
        if examination is None or heard_at is None:
            if seen.refused is not None:
                yield seen.refused
            return
        yield from examination.findings
        yield from examined.picklists(examination, values)
        if offered is not None and examination.picklists:
            wanted = reason_values(self.config.ruleset)
            yield from examined.values_nowhere(wanted, offered)
        others = (one.people or () for other, one in told.items() if other != name)
        elsewhere = frozenset(p.email.lower() for some in others for p in some if p.active)
        named = named_people(self.config.ruleset)
        yield from examined.people(examination, named, elsewhere)
        yield from examined.roles(examination, self.config.ruleset.roles)
        shown = [one.queues or () for other, one in told.items() if other != name]
        queues = named_queues(self.config.ruleset)
        yield from examined.queues(examination, queues, [queue for some in shown for queue in some])
        yield from examined.clock(examination.server_now, heard_at)
        yield from examined.limits(examination.allowance, self.config.crms[name].daily_share)
        yield from examined.version(examination.version, heard_at.date())


def prints_lines(rules: RuleSet) -> bool:
    """Whether a task's text prints what was bought line by line (the smaller yes of row P5)."""
    texts = (
        step.subject + (step.body or standard_body(step.ask, rules, on_account=True))
        for playbook in rules.playbooks
        for step in playbook.tasks
    )
    return any("bought." in text for text in texts)


def of_processes(signs: Signs, now: datetime) -> list[Diagnosis]:
    """Of the installation; nothing where no process is meant to run by itself."""
    found = tuple(processes(signs, now))
    return [Diagnosis("processes", "all CRMs", found)] if found else []


def _asked(seen: Mapping[str, _Seen]) -> list[tuple[str, str, str]]:
    return [
        (name, record, field)
        for name, one in seen.items()
        if one.crm is not None
        for record, field in reason_picklists(one.crm.rules, name)
    ]


def _values(rules: RuleSet) -> examined.Values:
    claimed = (
        word for reason in rules.reasons for word in (*reason.values, reason.label, reason.id)
    )
    return examined.Values(
        categoriser=Categoriser(rules.reasons, rules.competitors, sense_for(rules.words)),
        claimed=frozenset(examined.folded(word) for word in claimed),
    )
