"""The sorts of value in a rule file, each with a sentence for what is not one of them.

Subjects of their own: `rules.schema_names`, `rules.schema_times` and `rules.schema_places`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from marshmallow import ValidationError, fields

from rules.fault import Problem
from rules.suggest import did_you_mean

_T = TypeVar("_T")


def refused(message: str, suggestion: str = "") -> ValidationError:
    return ValidationError([Problem(message, suggestion)])


class Parsed(fields.Field[_T]):
    """A field whose value is made by one function, which raises `ValidationError`."""

    def __init__(self, parse: Callable[[Any], _T], **options: Any) -> None:
        super().__init__(**options)
        self._parse = parse

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> _T:  # noqa: ARG002
        return self._parse(value)


def text(value: object) -> str:
    if not isinstance(value, str):
        raise refused("must be text", f'write "{value}"' if _is_scalar(value) else "")
    return value


def filled_text(value: object) -> str:
    if not text(value).strip():
        raise refused("is empty", "write something or leave the key out")
    return str(value)


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise refused("must be true or false", "without quotes")
    return value


def count(value: object) -> int:
    """A whole number from 1 up."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise refused("must be a whole number", "without quotes")
    if value < 1:
        raise refused(f"{value} is too small", "1 at least")
    return value


def share(value: object) -> float:
    """`0.2` or `"20 %"`, above 0 and up to 1."""
    number = value
    if isinstance(value, str) and (match := re.fullmatch(r"\s*([\d.]+)\s*%\s*", value)):
        number = decimal_of(match[1]) / 100
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        raise refused("must be a share", 'write 0.2 or "20 %"')
    if not 0 < number <= 1:
        percent = f'write "{value} %"' if isinstance(value, int) and 1 < value <= 100 else ""
        raise refused(f"{value} is no share", percent or "between 0 and 1; write 0.2 for a fifth")
    return float(number)


def share_or_none(value: object) -> float:
    """Like `share`, and 0 for none at all."""
    return 0.0 if value == 0 and not isinstance(value, bool) else share(value)


def each(members: Iterable[Any], parse: Callable[[Any], _T]) -> tuple[_T, ...]:
    """Every member of a list; of those that are refused, each by its place."""
    found: list[_T] = []
    faults: dict[int, Any] = {}
    for index, member in enumerate(members):
        try:
            found.append(parse(member))
        except ValidationError as error:
            faults[index] = error.messages
    if faults:
        raise ValidationError(faults)
    return tuple(found)


def one_or_more(value: object, parse: Callable[[Any], _T]) -> tuple[_T, ...]:
    """One value or a list of them."""
    return each(value, parse) if isinstance(value, list) else (parse(value),)


def texts(value: object) -> tuple[str, ...]:
    """One text or a list of texts."""
    if isinstance(value, str):
        return (filled_text(value),)
    if not isinstance(value, list):
        raise refused("must be a list of texts", 'write ["a", "b"]')
    return each(value, _member)


def _member(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refused("must be text", "in quotes, not empty")
    return value


def condition(value: object) -> object:
    """A condition as written; `rules.check` compiles it, which needs the whole file."""
    if not isinstance(value, str | Mapping):
        raise refused("must be a condition", "write a text or a table, or leave the key out")
    return value


def one_of(kind: type[StrEnum]) -> Callable[[Any], Any]:
    """A member of a closed list, whatever its capitals and underscores."""
    by_word = {member.value: member for member in kind}

    def parse(value: object) -> StrEnum:
        word = " ".join(text(value).lower().replace("_", " ").replace("-", " ").split())
        if word not in by_word:
            raise refused(f'"{value}" is not known here', did_you_mean(word, by_word))
        return by_word[word]

    return parse


def some_of(kind: type[StrEnum]) -> Callable[[Any], Any]:
    def parse(value: object) -> tuple[StrEnum, ...]:
        texts(value)
        return one_or_more(value, one_of(kind))

    return parse


def one_word(*words: str) -> Callable[[Any], str]:
    def parse(value: object) -> str:
        if text(value) not in words:
            raise refused(f'"{value}" is not known here', did_you_mean(str(value), words))
        return str(value)

    return parse


def decimal_of(word: str) -> Decimal:
    try:
        return Decimal(word)
    except InvalidOperation:
        raise refused(f'"{word}" is no number') from None


def changeable_word(value: object) -> object:
    """`true` and `false` stand for yes and no."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def table(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise refused("must be a table", "write { name = value }")
    return dict(value)


def tables(value: object) -> tuple[dict[str, Any], ...]:
    """A table, or a list of them."""
    return one_or_more(value, table)


def _is_scalar(value: object) -> bool:
    return isinstance(value, int | float | date)
