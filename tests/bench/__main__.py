"""`python -m tests.bench`: every figure beside its limit, as one JSON document.

Progress goes to standard error. The exit code is 1 when a limit is not held.
"""

from __future__ import annotations

import json
import sys

import click
from rich.console import Console

from tests.bench import (
    calls,
    deciding,
    growth,
    intake,
    latency,
    memory,
    replay,
    scaling,
    startup,
    throughput,
    timing,
    words,
)

BENCHES = {
    "calls": calls.measure,
    "timing": timing.measure,
    "memory": memory.measure,
    "startup": startup.measure,
    "intake": intake.measure,
    "latency": latency.measure,
    "throughput": throughput.measure,
    "scaling": scaling.measure,
    "growth": growth.measure,
    "words": words.measure,
    "rules": deciding.measure,
    "replay": replay.measure,
}


@click.command()
@click.option("--only", type=click.Choice(list(BENCHES)), multiple=True, help="These alone.")
def main(only: tuple[str, ...]) -> None:
    """Measure calls, time, memory, start-up, intake and scaling of the product."""
    console = Console(stderr=True)
    found = {}
    with console.status("starting") as status:
        for name in only or BENCHES:

            def say(what: str, name: str = name) -> None:
                status.update(f"{name}: {what}")
                if not console.is_terminal:
                    console.print(f"{name}: {what}")

            found[name] = BENCHES[name](say)
    held = all(figure.held for figures in found.values() for figure in figures.values())
    document = {
        name: {what: figure.as_json() for what, figure in figures.items()}
        for name, figures in found.items()
    }
    print(json.dumps({"held": held, **document}, indent=2))
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
