"""The command `winback`. Subcommands are imported when they are called, so that help is fast."""

from __future__ import annotations

from importlib import import_module

import click

from integration.garbage import look_seldom
from integration.version import VERSION

COMMANDS = {
    "init": ("integration.cli.init", "init_command", "Draft a rule file from the live CRM."),
    "check": ("integration.cli.live", "command", "Check a rule file: all faults at once."),
    "test": ("integration.cli.test", "test_command", "Run the test cases of a rule file."),
    "replay": ("integration.cli.replay", "replay_command", "Play a rule file through the past."),
    "publish": ("integration.cli.publish", "publish_command", "Put a rule file in force."),
    "rollback": ("integration.cli.publish", "rollback_command", "Put earlier rules in force."),
    "revisions": ("integration.cli.revisions", "revisions_command", "What was in force when."),
    "diff": ("integration.cli.revisions", "diff_command", "What changed between revisions."),
    "undo": ("integration.cli.undo", "undo_command", "Take back what a bad publish made."),
    "learn": ("integration.cli.learn", "learn_command", "Propose phrases from reps' choices."),
    "provision": ("integration.cli.provision", "provision_command", "Make our fields in the CRM."),
    "classify": ("integration.cli.classify", "classify_command", "Put notes into categories."),
    "once": ("integration.cli.once", "once_command", "Everything until idle, one run."),
    "run": ("integration.cli.run", "run_command", "All in one process, until told to end."),
    "web": ("integration.cli.web", "web_command", "Takes what CRMs push, beside workers."),
    "worker": ("integration.cli.worker", "worker_command", "Does the work, beside other workers."),
    "clock": ("integration.cli.clock", "clock_command", "Wakes the CRMs, for workers."),
    "status": ("integration.cli.status", "status_command", "How each CRM stands."),
    "doctor": ("integration.cli.doctor", "doctor_command", "What is fine, and what to do."),
    "explain": ("integration.cli.explain", "explain_command", "Why a task was made, or was not."),
    "waiting": ("integration.cli.waiting", "waiting_command", "What waits for a rep's budget."),
    "parked": ("integration.cli.parked", "parked_command", "What could not be written, and why."),
    "requeue": ("integration.cli.parked", "requeue_command", "Send parked rows again."),
    "pause": ("integration.cli.hold", "pause_command", "Leave a CRM alone."),
    "resume": ("integration.cli.hold", "resume_command", "Go on with a CRM that was paused."),
    "resume-held": (
        "integration.cli.hold",
        "resume_held_command",
        "Let go what the storm brake holds.",
    ),
    "dry-run": ("integration.cli.switches", "dry_run_command", "Write nothing into a CRM."),
    "pilot": ("integration.cli.switches", "pilot_command", "Write for some owners only."),
    "forget": ("integration.cli.forget", "forget_command", "Erase a person, for good."),
    "backup": ("integration.cli.backup", "backup_command", "The whole store into one file."),
    "restore": ("integration.cli.backup", "restore_command", "A backup into an empty store."),
    "db": ("integration.cli.database", "db_command", "The store's tables."),
    "demo": ("integration.cli.demo", "demo_command", "See the whole product work, in sandboxes."),
    "sandbox": ("integration.cli.sandbox", "sandbox_command", "Both CRMs on loopback, to try."),
}


class Lazy(click.Group):
    """A group that knows its commands by name and imports only the one that is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        look_seldom()
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands from the table alone: help imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, _, short) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version=VERSION, prog_name="winback")
def main() -> None:
    """Notices lost customers in your CRM, finds out why, and puts recovery tasks there."""


if __name__ == "__main__":
    main()
