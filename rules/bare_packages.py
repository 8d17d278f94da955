"""Packages that import all they have, where we need a little of it.

Python runs a package before any module inside it. Put into its place without being run, it only
says where its modules are, and each is loaded when it is asked for.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec


def leave_bare(package: str) -> None:
    """To be called before the first import of the package, which has no effect of its own."""
    spec = find_spec(package)
    if spec is not None:  # else its import will tell
        sys.modules.setdefault(package, module_from_spec(spec))
