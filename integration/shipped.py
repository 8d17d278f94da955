"""The fourteen categories that come with the product, for rule files that name none."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources

from rules.load import load_reasons
from rules.ruleset import Reason


@functools.cache
def shipped_reasons() -> tuple[Reason, ...]:
    text = resources.files("rules").joinpath("categories.toml").read_text(encoding="utf-8")
    return load_reasons(tomllib.loads(text))
