"""Which rules are in force: the published revision once there is one, the file until then."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine

from integration.config import Config, ConfigFaults, parse_config
from integration.spoken import day
from integration.store import revisions
from integration.store.engine import reading
from integration.store.revisions import Revision
from rules.playbook import Playbook

log = logging.getLogger(__name__)


def config_of(revision: Revision, environ: Mapping[str, str]) -> Config:
    """Raises `ConfigFaults`, where this version of winback takes the text no more."""
    return parse_config(revision.text, f"revision {revision.number}", environ)


def in_force(config: Config, engine: Engine, environ: Mapping[str, str]) -> tuple[Config, str]:
    """The rules to work by, and a sentence where they are not those of the file that was named.
    Raises `ConfigFaults`."""
    with reading(engine) as connection:
        current = revisions.current_revision(connection)
    if current is None or not current.published or current.text == config.text:
        return config, ""
    number = current.number
    sentence = (
        f"{config.path} is not what is in force: revision {number} is, {current.how} on"
        f" {day(current.at.date())}. To change that: winback publish {config.path}"
    )
    return config_of(current, environ), sentence


def earlier_playbooks(
    connection: Connection, crms: Sequence[str], environ: Mapping[str, str], now: int
) -> dict[tuple[int, str], Playbook]:
    """The playbooks that open recoveries follow and that are of another revision than `now`, by
    revision and name. A text that is not taken any more is told in the log; its recoveries go on
    by the playbook of that name today."""
    followed = {number for crm in crms for number in revisions.followed(connection, crm)}
    found: dict[tuple[int, str], Playbook] = {}
    for number in sorted(followed - {now}):
        text = revisions.text_of(connection, number)
        try:
            rules = parse_config(text or "", f"revision {number}", environ).ruleset
        except ConfigFaults as faults:
            log.warning("revision %s is not taken any more: %s", number, faults.faults[0])
            continue
        found |= {(number, playbook.name): playbook for playbook in rules.playbooks}
    return found
