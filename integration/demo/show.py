"""What the demo prints: headings, the weeks, a table of what happened, tasks as reps see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from integration.demo.desk import Desk, Todo
from integration.demo.moments import day_of
from integration.demo.story import Day
from integration.demo.totals import Totals

Report = Mapping[str, Any]
WIDEST = 110  # columns; longer lines are hard to read


class Show:
    def __init__(self, console: Console) -> None:
        self.console = console
        self._width = min(console.width, WIDEST)

    def heading(self, words: str) -> None:
        self.console.print()
        self.console.print(Text(words, style="bold"))

    def line(self, words: str, indent: int = 2) -> None:
        self._hanging(" " * indent, Text(words))

    def command(self, words: str) -> None:
        """A command to copy: never broken into lines by us."""
        self.console.print(Text(f"  {words}", style="cyan"), soft_wrap=True)

    def history(
        self,
        read: Mapping[tuple[str, str], int],
        report: Report,
        desks: Mapping[str, Desk],
        first_day: date,
    ) -> None:
        """What first contact read and found."""
        for name, desk in desks.items():
            counts = [f"{n:,} {_spelt(what)}" for (crm, what), n in read.items() if crm == name]
            lost = report["crms"][name]["losses"]
            self.line(f"{desk.title}: {', '.join(c for c in counts if 'decided' not in c)}")
            told = f"{lost['customer']} customers lost, {lost['prospect']} prospects lost"
            self.line(f"{told}, and {lost['deal']} deals lost with customers who stayed", 4)
        held = sum(crm["tasks"]["held"] for crm in report["crms"].values())
        since = f"{first_day.day} {first_day:%B}"
        self.line(f"Of what was lost since {since} (first_day), {held} tasks would be made.")

    def first_tasks(self, report: Report, desks: Mapping[str, Desk]) -> None:
        """What the first run in earnest wrote, and what has to wait for the reps' next day."""
        for name, desk in desks.items():
            crm = report["crms"][name]
            made, fields = (crm["pushes"][kind]["delivered"] for kind in ("task_create", "field"))
            written = f"{_count(made, 'task')} and the fields of {_count(fields, 'record')}"
            self.line(f"{desk.title}: {written}, in {_count(crm['calls']['write'], 'API call')}.")
            if waiting := crm["tasks"]["waiting"]:
                wait = "waits" if waiting == 1 else "wait"
                told = f"{_count(waiting, 'more task')} {wait}: two a day are enough for a rep."
                self.line(told, 4)

    def day(self, day: Day) -> None:
        """What people did and what winback wrote, then what was special about the day."""
        self._hanging(f"  {day_of(day.on):<12}", _work(day))
        for moment, effects in day.happened:
            margin = f"    {moment.play.desk.title:<12}"
            self._hanging(margin, Text(moment.sentence, style="cyan"))
            for effect in effects:
                self._hanging(" " * len(margin), Text(f"→ {effect}"))

    def _hanging(self, margin: str, words: Text) -> None:
        """Lines of one width that begin behind the margin, without blanks at their ends."""
        for line in words.wrap(self.console, self._width - len(margin)):
            line.rstrip()
            self.console.print(Text.assemble((margin, "bold"), line), soft_wrap=True)
            margin = " " * len(margin)

    def totals(self, totals: Totals, desks: Sequence[Desk]) -> None:
        table = Table(title="What happened", title_justify="left", title_style="bold")
        table.add_column("")
        for desk in desks:
            table.add_column(desk.title, justify="right")
        for group in totals.groups(desks):
            for label, numbers in group:
                table.add_row(label, *(f"{number:,}" for number in numbers))
            table.add_section()
        self.console.print()
        self.console.print(table)

    def todo(self, desk: Desk, todo: Todo) -> None:
        facts = Text(f"For {todo.owner}, due {todo.due_on:%A} {todo.due_on.day} {todo.due_on:%B}")
        facts.append(f", priority {todo.priority.lower()}. Account: {todo.account}")
        facts.append(f"; contact: {todo.contact}" if todo.contact else "")
        text = Text(f"{todo.subject}\n", style="bold")
        text.append(facts.append("\n\n").plain, style="dim")
        text.append(todo.body.strip(), style="not bold")
        title = Text(f"A task in {desk.title}")
        panel = Panel(text, title=title, title_align="left", padding=(0, 1), width=self._width)
        self.console.print(panel)


def _work(day: Day) -> Text:
    answers = ", ".join(f"{outcome.value} {n}" for outcome, n in day.answered.most_common())
    done = sum(day.answered.values())
    wrote = [
        _count(number, what)
        for kind, what in (("task_create", "task"), ("field", "field update"))
        if (number := day.written(kind))
    ]
    closed = day.written("task_close")
    said = [f"Reps answer {_count(done, 'task')} ({answers})."] if done else []
    said += [f"winback writes {' and '.join(wrote)}"] if wrote else ["winback has nothing to write"]
    said[-1] += f", and closes {_count(closed, 'task')}." if closed else "."
    return Text(" ".join(said))


def _spelt(type: str) -> str:
    """`Opportunity` and `deals` as a reader writes them."""
    if type.endswith("y"):
        return f"{type[:-1]}ies".lower()
    return type.lower() if type.endswith("s") else f"{type}s".lower()


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def three_tasks(desks: Iterable[Desk]) -> list[tuple[Desk, Todo]]:
    """Open tasks worth reading, the newest of each kind: one handed over, one with the
    customer's words from the other CRM, one from further on in a plan."""
    todos = [(desk, todo) for desk in desks for todo in desk.todos()[::-1] if not todo.closed]
    chosen: list[tuple[Desk, Todo]] = []

    def take(fits: Iterable[tuple[Desk, Todo]]) -> None:
        taken = {todo.key for _, todo in chosen}
        found = next((pair for pair in fits if pair[1].key not in taken), None)
        if found is not None:
            chosen.append(found)

    first_steps = [pair for pair in todos if pair[1].step in ("listen", "ask")]
    take(pair for pair in [*first_steps, *todos] if "Hand-over:" in pair[1].body)
    other = [pair for pair in first_steps if not chosen or pair[0] is not chosen[0][0]]
    take(pair for pair in [*other, *first_steps] if "The record says:" in pair[1].body)
    take(pair for pair in todos if pair[1].step == "apologise")
    take(pair for pair in todos if pair[1].step not in ("listen", "ask", "permission"))
    take(todos)
    return chosen[:3]
