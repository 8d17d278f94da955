"""What a command is about to touch is said first; then a person agrees, or a script says --yes."""

from __future__ import annotations

import sys

import click

from integration.cli.context import refuse

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def agree(question: str, *, yes: bool, as_json: bool = False) -> None:
    """Ends the command with exit code 2 where the answer is no, or where nobody can be asked."""
    if yes:
        return
    if as_json:
        refuse("with --json nothing is asked: add --yes")
    if not sys.stdin.isatty():
        refuse("nothing was done: there is no terminal to ask on; add --yes")
    if not click.confirm(question):
        refuse("nothing was done")


def agree_on_a_terminal(question: str, *, yes: bool, as_json: bool = False) -> None:
    """The same for commands that scripts have always called as they are: without a terminal they
    say what they touch, and do it."""
    if sys.stdin.isatty() and not as_json:
        agree(question, yes=yes)
