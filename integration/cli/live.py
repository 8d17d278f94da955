"""`winback check FILE --live`: the rule file held against the CRMs themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.base import Connector, Finding, Stream
from connectors.errors import CrmError
from integration.cli.check import Unreached, check_command
from integration.cli.patience import patiently
from integration.config import Config, SecretMissing
from integration.named_values import named_values, question

LOG_IN = frozenset({"log-in", "token"})
"""What connectors call their first finding; when it is not fine, nothing else was looked at."""


def live_check(config: Config, environ: Mapping[str, str]) -> Sequence[Finding]:
    """The findings of every CRM, each named after it. One that fails keeps no other from its."""
    return [finding for name in config.crms for finding in _of_one(config, name, environ)]


def _of_one(config: Config, name: str, environ: Mapping[str, str]) -> Iterator[Finding]:
    try:
        findings = _asked(config, name, environ)
    except SecretMissing as missing:
        yield Finding(f"{name}: log-in", False, str(missing))
        return
    except CrmError as error:
        yield Unreached(f"{name}: log-in", False, str(error))
        return
    for one in findings:
        told = Unreached if one.what in LOG_IN and not one.ok else Finding
        yield told(f"{name}: {one.what}", one.ok, one.sentence)


def _asked(config: Config, name: str, environ: Mapping[str, str]) -> Sequence[Finding]:
    # client libraries take a second to import, which a check of the file alone does not need
    from integration import assembly, interest  # noqa: PLC0415
    from integration.cli.counted import counted  # noqa: PLC0415

    settings = config.crms[name]
    with counted(settings) as gate:
        crm = assembly.crm(settings, config.ruleset, environ, gate)
        named = interest.streams(crm.rules, name, crm.types.account)
        findings = patiently(lambda: _findings(crm.connector, named))
        if not all(one.ok for one in findings if one.what in LOG_IN):
            return findings
        asked = question(crm.rules, name)
        seen = patiently(lambda: crm.connector.examine(asked))
        return [*findings, *named_values(crm.rules, name, seen)]


def _findings(connector: Connector, named: Sequence[Stream]) -> Sequence[Finding]:
    """All types that are polled, and those that the file names and the CRM does not have."""
    polled = connector.streams(named)
    known = {stream.type for stream in polled}
    return connector.check([*polled, *(s for s in named if s.type not in known)])


command = check_command(live_check)
