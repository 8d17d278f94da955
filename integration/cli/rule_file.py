"""The rule FILE of a command that is about one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def rule_file(command: F) -> F:
    """FILE, or the same as `--config`, which all other commands have; without either it is what
    `--config` falls back to. Of two the FILE is meant."""
    named = click.option(
        "--config",
        envvar="WINBACK_CONFIG",
        default="config.toml",
        show_default=True,
        type=click.Path(),
        help="The same as FILE.",
        is_eager=True,
        expose_value=False,
        callback=_note,
    )
    file = click.argument(
        "file", metavar="[FILE]", required=False, type=click.Path(), callback=_or_noted
    )
    return file(named(command))


def _note(context: click.Context, _: click.Parameter, path: str) -> None:
    context.meta[__name__] = path


def _or_noted(context: click.Context, _: click.Parameter, file: str | None) -> str:
    noted: str = context.meta[__name__]
    return file or noted
