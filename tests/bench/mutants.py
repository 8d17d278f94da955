"""The verdict on `make mutants`: how many of the changes to the deciding code some test noticed.

Reads what `mutmut export-cicd-stats` wrote; ends with 1 where too many went unnoticed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

STATS = Path("mutants/mutmut-cicd-stats.json")
AT_LEAST = 0.80


def share_killed(stats: Mapping[str, int]) -> float:
    """A mutant that runs for ever was noticed too; one that no test reaches was not."""
    tried = stats["total"] - stats["skipped"]
    return (stats["killed"] + stats["timeout"]) / tried if tried else 0.0


def verdict(stats: Mapping[str, int]) -> str:
    unnoticed = stats["survived"] + stats["suspicious"] + stats["no_tests"]
    return (
        f"{share_killed(stats):.1%} of {stats['total']:,} mutants killed, {unnoticed:,} went"
        f" unnoticed; {AT_LEAST:.0%} is the least"
    )


def main(path: Path = STATS) -> int:
    stats = json.loads(path.read_text(encoding="utf-8"))
    sys.stdout.write(verdict(stats) + "\n")
    return 0 if share_killed(stats) >= AT_LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
