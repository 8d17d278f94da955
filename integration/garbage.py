"""The garbage collector, told that a process is up.

Half a million objects live as long as the process (modules, the rules' parsers, the tables).
Looking through them again and again took a tenth of a large run's own time.
"""

from __future__ import annotations

import gc

OBJECTS_BETWEEN_LOOKS = 20_000
"""Some megabytes at most. Python's own 700 suits programs that make far fewer objects."""


def all_is_up() -> None:
    """What was made until now stays and is not looked through any more."""
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, 20, 20)
