"""The command `winback`. Subcommands are imported when they are called, so that help is fast."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "check": ("integration.cli.check", "command", "Check a rule file: all faults at once."),
    "classify": ("integration.cli.classify", "classify_command", "Put notes into categories."),
    "once": ("integration.cli.once", "once_command", "Everything until idle, one run."),
}


class Lazy(click.Group):
    """A group that knows its commands by name and imports only the one that is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands from the table alone: help imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, _, short) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="winback", prog_name="winback")
def main() -> None:
    """Notices lost customers in your CRM, finds out why, and puts recovery tasks there."""


if __name__ == "__main__":
    main()
