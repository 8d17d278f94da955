"""The screen of `winback doctor`: a panel per CRM, what to do in full, what is fine in brief."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from connectors.examination import Area, Finding
from integration.cli.screen import Screen
from integration.doctoring import Diagnosis
from integration.spoken import count

WIDEST = 110

Line = tuple[Text, Text, Text]
"""A sign in the margin, the area, what there is to say."""


def print_diagnoses(diagnoses: Sequence[Diagnosis]) -> None:
    console = Screen()
    width = min(console.width, WIDEST)
    for one in diagnoses:
        console.print(_panel(one, width))
    console.print(_last_line(diagnoses), width=width)


def _panel(one: Diagnosis, width: int) -> Panel:
    words, colour = _state(one)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column()
    for line in _lines(one.findings):
        grid.add_row(*line)
    title = Text.assemble((one.crm, "bold"), f"  {one.kind}  ", (f"● {words}", colour))
    return Panel(
        grid, title=title, title_align="left", border_style=colour, width=width, padding=(0, 1)
    )


def _state(one: Diagnosis) -> tuple[str, str]:
    if not one.reached:
        return "could not be examined", "red"
    if one.to_do:
        return count(one.to_do, "thing to do", "things to do"), "yellow"
    return "fine", "green"


def _lines(findings: Sequence[Finding]) -> Iterator[Line]:
    """Area by area: what is fine in one line, then each thing to do."""
    for area in Area:
        here = [finding for finding in findings if finding.area is area]
        shown = Text(area.value, style="bright_black")
        fine = [finding for finding in here if finding.ok]
        if fine:
            yield Text("✓", style="green"), shown, _in_brief(fine)
            shown = Text()
        for finding in here:
            if not finding.ok:
                yield Text("✗", style="bold red"), shown, _to_do(finding)
                shown = Text()


def _in_brief(fine: Sequence[Finding]) -> Text:
    """Names that need no more words together, the others each with theirs."""
    bare = [finding.what for finding in fine if not finding.sentence]
    told = [_told(finding) for finding in fine if finding.sentence]
    lines = [", ".join(dict.fromkeys(bare)), *told]
    return Text("\n".join(line for line in lines if line))


def _told(finding: Finding) -> str:
    """An area and a finding of one name need not be named twice."""
    if finding.what == finding.area.value:
        return finding.sentence
    return f"{finding.what}: {finding.sentence}"


def _to_do(finding: Finding) -> Text:
    sentence = finding.sentence
    if not sentence.endswith((".", "?")):
        sentence += "."
    if finding.what == finding.area.value:
        return Text(f"{sentence[:1].upper()}{sentence[1:]}")
    return Text.assemble((finding.what, "bold"), f": {sentence}")


def _last_line(diagnoses: Sequence[Diagnosis]) -> Text:
    away = [one.crm for one in diagnoses if not one.reached]
    to_do = sum(one.to_do for one in diagnoses)
    if away:
        return Text(f"{', '.join(away)} could not be examined; mend that first.", style="red")
    if to_do:
        return Text(f"{count(to_do, 'thing to do', 'things to do')}, then run it again.")
    return Text("All is fine.", style="green")
