"""The template language of task texts: the environment and the filters that are in it.

Nothing of Jinja's own filters and globals remains: several can be made to grow without bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from rules.template_facts import Amount, As, Day, first_name, printable


def _date_filter(value: object, form: str = "long") -> str:
    day = printable(value, As.DAY)
    if not isinstance(day, Day):
        return ""
    return day.isoformat() if form == "iso" else str(day)


def _money_filter(value: object, currency: str = "") -> str:
    if not isinstance(value, Amount):
        value = printable(value, As.AMOUNT)
    if isinstance(value, Amount) and currency and not value.currency:
        value.currency = str(currency)
    return str(value)


def _default_filter(value: object, instead: object = "") -> object:
    return instead if value is None or str(value) == "" else value


def _words_cut(value: object, limit: int = 200) -> str:
    text = str(value)
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + "…"


def _finalised(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


FILTERS: Mapping[str, Callable[..., object]] = {
    "date": _date_filter,
    "money": _money_filter,
    "first": lambda value: first_name(str(value)),
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
    "title": lambda value: str(value).title(),
    "capitalize": lambda value: str(value)[:1].upper() + str(value)[1:],
    "trim": lambda value: str(value).strip(),
    "truncate": _words_cut,
    "default": _default_filter,
}


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        autoescape=False,  # a task's text is plain text, never a page
        undefined=StrictUndefined,
        finalize=_finalised,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
    )
    environment.filters.clear()
    environment.filters.update(FILTERS)
    environment.globals.clear()
    return environment


ENVIRONMENT = _environment()
