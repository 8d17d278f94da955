"""What a rule file sets up and leaves empty: told, and no reason to refuse it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rules.fault import Fault
from rules.ruleset import RuleSet


def idle(rules: RuleSet) -> Iterator[Fault]:
    for index, playbook in enumerate(rules.playbooks):
        if not playbook.tasks:
            yield Fault(
                ("playbook", index, "name"),
                f'"{playbook.name}" has no tasks: nobody gets anything to do for it',
                "add [[playbook.task]] below it",
            )
    for index, role in enumerate(rules.roles):
        if not role.members:
            yield Fault(
                ("role", index, "members"),
                f'"{role.name}" has no members: its tasks go to whoever comes next',
                "name their e-mail addresses",
            )
