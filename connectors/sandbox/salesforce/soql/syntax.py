"""What a query is once it is parsed. `at` is the offset in the text, for error messages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Path:
    """A field, over parents where it is dotted: `Owner.IsActive`. Only groups have aliases."""

    parts: tuple[str, ...]
    at: int
    alias: str | None = None

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Literal:
    """`kind` is string, number, date, datetime, boolean, null or relative (`LAST_N_DAYS:3`)."""

    kind: str
    value: str | int | float | bool | None
    at: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`COUNT()` has no path."""

    function: str
    path: Path | None
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test; `operator` is = != < <= > >= like in, not in, includes, excludes."""

    path: Path
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class SemiJoin:
    path: Path
    negated: bool
    query: Query


@dataclass(frozen=True, slots=True)
class Logic:
    """`word` is "and" or "or"."""

    word: str
    operands: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    operand: Condition


Condition = Comparison | SemiJoin | Logic | Not


@dataclass(frozen=True, slots=True)
class Order:
    by: Path | Aggregate
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Every:
    """`FIELDS(ALL)`, `FIELDS(STANDARD)` or `FIELDS(CUSTOM)`."""

    which: str
    at: int


Selected = Path | Aggregate | Every


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    select: tuple[Selected, ...]
    children: tuple[Query, ...]  # (SELECT ... FROM Contacts)
    source: str
    source_at: int
    alias: str | None = None
    where: Condition | None = None
    group_by: tuple[Path, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0

    @property
    def aggregated(self) -> bool:
        return bool(self.group_by) or any(isinstance(one, Aggregate) for one in self.select)


class Malformed(Exception):
    """The text is no query. `at` is where it stops making sense."""

    def __init__(self, text: str, at: int, sentence: str) -> None:
        super().__init__(sentence)
        self.text = text
        self.at = at
        self.sentence = sentence


def pointed(text: str, at: int, sentence: str) -> str:
    """The sentence with the place in the query, laid out as Salesforce does it."""
    start = max(0, at - 20)
    shown = text[start : at + 20].replace("\n", " ")
    row = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return f"\n{shown}\n{' ' * (at - start)}^\nERROR at Row:{row}:Column:{column}\n{sentence}"
