"""Lines of plain text for the terminal, which obeys nothing that stands in them.

Apart from `screen`, because processes that show no screen need no rich.
"""

from __future__ import annotations

import click

from rules.template_facts import without_controls


def say(line: str, *, err: bool = False) -> None:
    """One line on standard output, or on standard error."""
    click.echo(without_controls(line), err=err)
