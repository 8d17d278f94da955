"""`winback check FILE --live`: the rule file held against the CRMs themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.base import Connector
from connectors.errors import CrmError
from connectors.examination import Examination, Finding
from connectors.stream import Stream
from integration import examined
from integration.cli.check import Unreached, check_command
from integration.cli.patience import patiently
from integration.config import Config, SecretMissing
from integration.named_values import named_values, question, reason_picklists, reason_values
from rules.ruleset import RuleSet

LOG_IN = frozenset({"log-in", "token"})
"""What connectors call their first finding; when it is not fine, nothing else was looked at."""


def live_check(config: Config, environ: Mapping[str, str]) -> Sequence[Finding]:
    """The findings of every CRM, each named after it. One that fails keeps no other from its."""
    seen = {name: _seen(config, name, environ) for name in config.crms}
    found = [finding for name in seen for finding in _of_one(name, seen)]
    return [*found, *_values_nowhere(config.ruleset, seen)]


def _values_nowhere(rules: RuleSet, seen: Mapping[str, _Seen]) -> Iterator[Finding]:
    """Values of categories that none of the CRMs has, where all of them were seen."""
    told = {name: one.told for name, one in seen.items() if one.told is not None}
    asked = [
        (name, record, field)
        for name, one in seen.items()
        for record, field in reason_picklists(one.rules or rules, name)
    ]
    offered = examined.offered(asked, told)
    if offered is not None:
        yield from examined.values_nowhere(reason_values(rules), offered)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of asking one CRM; `told` only where it let us in."""

    findings: Sequence[Finding]
    rules: RuleSet | None = None
    told: Examination | None = None


def _of_one(name: str, seen: Mapping[str, _Seen]) -> Iterator[Finding]:
    one = seen[name]
    yield from (_named(name, finding) for finding in one.findings)
    if one.rules is None or one.told is None:
        return
    others = [s.told for other, s in seen.items() if other != name and s.told is not None]
    for finding in named_values(one.rules, name, one.told, others):
        yield _named(name, finding)


def _named(name: str, finding: Finding) -> Finding:
    return type(finding)(f"{name}: {finding.what}", finding.ok, finding.sentence)


def _seen(config: Config, name: str, environ: Mapping[str, str]) -> _Seen:
    try:
        return _asked(config, name, environ)
    except SecretMissing as missing:
        return _Seen([Finding("log-in", False, str(missing))])
    except CrmError as error:
        return _Seen([Unreached("log-in", False, str(error))])


def _asked(config: Config, name: str, environ: Mapping[str, str]) -> _Seen:
    # client libraries take a second to import, which a check of the file alone does not need
    from integration import assembly, interest  # noqa: PLC0415
    from integration.cli.counted import counted  # noqa: PLC0415

    settings = config.crms[name]
    with counted(settings) as gate:
        crm = assembly.crm(settings, config.ruleset, environ, gate)
        named = interest.streams(crm.rules, name, crm.types.account)
        findings = patiently(lambda: _findings(crm.connector, named))
        if not all(one.ok for one in findings if one.what in LOG_IN):
            return _Seen([_kept_out(one) for one in findings])
        asked = question(crm.rules, name)
        told = patiently(lambda: crm.connector.examine(asked))
        return _Seen(findings, crm.rules, told)


def _kept_out(finding: Finding) -> Finding:
    refused = finding.what in LOG_IN and not finding.ok
    return Unreached(finding.what, False, finding.sentence) if refused else finding


def _findings(connector: Connector, named: Sequence[Stream]) -> Sequence[Finding]:
    """All types that are polled, and those that the file names and the CRM does not have."""
    polled = connector.streams(named)
    known = {stream.type for stream in polled}
    return connector.check([*polled, *(s for s in named if s.type not in known)])


command = check_command(live_check)
