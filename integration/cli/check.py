"""`winback check FILE`: every fault of a rule file at once, or one line with what it holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

import click

from connectors.examination import Finding
from integration.cli.rule_file import rule_file
from integration.cli.saying import say
from integration.config import Config, ConfigFaults, LocatedFault, doubts, read_config
from integration.plain_json import plain_json
from integration.shipped import shipped_reasons
from integration.spoken import count

REFUSED, CRM = 2, 3
LiveCheck = Callable[[Config, Mapping[str, str]], Sequence[Finding]]


class Unreached(Finding):
    """A CRM that could not be asked at all: unavailable, or it refused the credentials."""


def check_command(live_check: LiveCheck | None = None) -> click.Command:
    """The command. `live_check` looks at the CRMs for `--live`; without it there is no such
    option."""

    @click.command("check", epilog="Example: winback check winback.toml")
    @rule_file
    @click.option("--json", "as_json", is_flag=True, help="A list of faults as JSON.")
    def check(file: str, as_json: bool, live: bool = False) -> None:
        """Check the rule FILE: all faults at once, each with what would be right. What refuses
        nothing but is hardly meant (a playbook that is never taken) is told as a warning."""
        try:
            config = read_config(file, os.environ)
        except ConfigFaults as refused:
            _print_faults(refused, as_json=as_json)
            raise SystemExit(REFUSED) from None
        warn(doubts(config))
        findings = live_check(config, os.environ) if live and live_check else ()
        if as_json:
            click.echo(plain_json([_as_json(file, f) for f in findings if not f.ok]))
        else:
            click.echo(summary(config))
            for line in own_phrases(config):
                click.echo(line)
            for finding in findings:
                say(f"{finding.what}: {finding.sentence or 'fine'}")
        if any(isinstance(finding, Unreached) for finding in findings):
            raise SystemExit(CRM)
        if not all(finding.ok for finding in findings):
            raise SystemExit(REFUSED)

    if live_check is None:
        return check
    return click.option("--live", is_flag=True, help="Look at the CRMs too.")(check)


def summary(config: Config) -> str:
    """One line: the file is fine, and how much is in it."""
    rules = config.ruleset
    counts = (
        (len(rules.watches), "watch", "watches"),
        (len(rules.reasons), "category", "categories"),
        (len(rules.playbooks), "playbook", "playbooks"),
        (sum(len(playbook.tasks) for playbook in rules.playbooks), "task", "tasks"),
        (len(rules.cadences), "cadence", "cadences"),
    )
    told = ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in counts)
    unset = f"; not set yet: {', '.join(config.unset)}" if config.unset else ""
    return f"{config.path}: fine: {told}{unset}"


def own_phrases(config: Config) -> list[str]:
    """A line where the file's phrases leave shipped ones out: that may be meant, and costs
    categories where it is not."""
    shipped = {reason.id: set(reason.phrases) for reason in shipped_reasons()}
    left_out = {
        reason.id: len(shipped.get(reason.id, set()) - set(reason.phrases))
        for reason in config.ruleset.reasons
    }
    told = [f"{id} ({number})" for id, number in left_out.items() if number]
    line = (
        f"{config.path}: phrases take the place of the shipped ones, which are left out:"
        f" {', '.join(told)}; more_phrases would add to them"
    )
    return [line] if told else []


def _print_faults(refused: ConfigFaults, *, as_json: bool) -> None:
    if as_json:
        click.echo(plain_json([fault.as_json() for fault in refused.faults]))
        warn(refused.doubts)
        return
    for fault in refused.faults:
        click.echo(str(fault))
    warn(refused.doubts)
    counted = count(len(refused.faults), "fault")
    beside = f", {count(len(refused.doubts), 'warning')}" if refused.doubts else ""
    click.echo(f"{counted}{beside}", err=True)


def warn(doubts: Sequence[LocatedFault]) -> None:
    """On standard error, beside the list of faults, which they are none of."""
    for doubt in doubts:
        click.echo(f"warning: {doubt}", err=True)


def _as_json(file: str, finding: Finding) -> dict[str, object]:
    """A finding has no place in the file."""
    return {
        "file": file,
        "line": None,
        "column": None,
        "path": "",
        "message": finding.what,
        "suggestion": finding.sentence,
    }
