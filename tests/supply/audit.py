"""`make audit`: what is known to be wrong with the packages that a host installs.

pip-audit asks the registry about each pin of requirements.txt. By itself it ends well where the
registry knows none of the packages, as a mirror without vulnerabilities does. So its report is
read here, and what was not asked about is not called safe. Exit code 0: nothing known; 1: at
least one known vulnerability; 3: not, or not wholly, audited.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
AUDITED = "requirements.txt"
SAFE, VULNERABLE, NOT_AUDITED = 0, 1, 3


def verdict(report: str, complaint: str) -> tuple[int, str]:
    """The exit code and the words for pip-audit's JSON, or for what it said in place of it."""
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        said = complaint.strip().splitlines()[-1:] or ["pip-audit said nothing"]
        return NOT_AUDITED, f"Not audited, the registry did not answer: {said[0]}"
    skipped = [package for package in packages if "skip_reason" in package]
    found = [line for package in packages for line in _vulnerabilities(package)]
    lines = [f"{len(packages) - len(skipped)} packages of {AUDITED} audited, {len(found)} findings"]
    if skipped:
        lines.append(f"Not audited, the registry says nothing about {len(skipped)} packages:")
        lines.append("  " + ", ".join(package["name"] for package in skipped))
    code = VULNERABLE if found else NOT_AUDITED if skipped or not packages else SAFE
    return code, "\n".join([*lines, *found])


def _vulnerabilities(package: dict[str, Any]) -> list[str]:
    return [
        f"  {package['name']} {package['version']}: {one['id']}, mended in "
        + (", ".join(one["fix_versions"]) or "no version")
        for one in package.get("vulns", [])
    ]


def main(flags: Sequence[str]) -> int:
    """Run the pip-audit of `.venv/supply` with further flags."""
    audit = subprocess.run(
        [ROOT / ".venv/supply/bin/pip-audit", "--requirement", ROOT / AUDITED, "--require-hashes",
         "--disable-pip", "--progress-spinner=off", "--format=json", *flags],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    code, words = verdict(audit.stdout, audit.stderr)
    sys.stdout.write(words + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
