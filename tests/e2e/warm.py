"""Imported once by the fork server: what every `winback` process would make at its start."""

from __future__ import annotations

from integration.cli import clock, once, web, worker
from rules.conditions import compile_condition
from rules.symbols import DECISION_SYMBOLS
from tests.e2e import killing

__all__ = ["clock", "killing", "once", "web", "worker"]

compile_condition("wins > 0", DECISION_SYMBOLS)  # makes the parser
