"""Several calls to one CRM at once, where none waits for what another one answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

AT_ONCE = 4
"""Both CRMs take far more; that is as many as a small server in the way takes without thought."""

Told = TypeVar("Told")


def together(calls: Sequence[Callable[[], Told]]) -> list[Told]:
    """What they answer, in their order. Where some raise, the first one's error, once all have
    ended."""
    if len(calls) < 2:
        return [call() for call in calls]
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="together") as threads:
        under_way = [threads.submit(call) for call in calls]
    return [one.result() for one in under_way]
