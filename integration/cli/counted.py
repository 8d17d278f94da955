"""Calls that somebody asks for by hand count in the CRM's day like all others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from integration import assembly
from integration.call_gate import CallGate
from integration.cli.standing import store_if_any
from integration.crm_settings import CrmSettings
from integration.runtime import wall_clock
from integration.storeless_gate import StorelessGate


@contextmanager
def counted(settings: CrmSettings) -> Iterator[CallGate | StorelessGate]:
    """The gate before a CRM's calls, which counts them and gives searches their turn, and holds
    none back; where there is no store yet to count in, they are only paced."""
    with store_if_any() as engine:
        if engine is None:
            yield assembly.storeless_gate(settings)
            return
        gate = assembly.gate(settings, engine, wall_clock, holds_back=False)
        try:
            yield gate
        finally:
            gate.settle()
