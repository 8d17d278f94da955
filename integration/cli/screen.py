"""The terminal, for texts that come from a CRM: shown as they stand, and never obeyed.

Whoever fills in a web form can put `[/]`, `:fire:` or an escape sequence into an account's name.
rich would read the first two as its own, and the terminal the third.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from rules.template_facts import without_controls


class Screen(Console):
    """Standard output, with styles of ours alone."""

    def __init__(self) -> None:
        super().__init__(markup=False, emoji=False, highlight=False)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield segment._replace(text=without_controls(segment.text))


def plain(answer: Any) -> Any:
    """The same JSON with such texts in it, for lines that get styles of ours afterwards."""
    if isinstance(answer, str):
        return without_controls(answer)
    if isinstance(answer, Mapping):
        return {name: plain(value) for name, value in answer.items()}
    return [plain(value) for value in answer] if isinstance(answer, Sequence) else answer
