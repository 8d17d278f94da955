"""The garbage collector, told what lives as long as the process.

Half a million objects do (modules, the rules' parsers, the tables). Looking through them again and
again took a tenth of the start, and a tenth of a large run's own time.
"""

from __future__ import annotations

import gc

OBJECTS_BETWEEN_LOOKS = 20_000
"""Some megabytes at most. Python's own 700 suits programs that make far fewer objects."""


def look_seldom() -> None:
    """Nearly all that is made at the start stays."""
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS, 20, 20)


def all_is_up() -> None:
    """What was made until now stays and is not looked through any more."""
    gc.freeze()
    look_seldom()
