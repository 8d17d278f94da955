"""The process that scores notes: a line of JSON with their features in, a line with their scores
out, until nobody writes any more."""

from __future__ import annotations

import signal
import sys

import msgspec

from integration.fitted import fitted
from rules.words.features import Features


def main() -> None:
    """Load first: the notes come later."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the one who asks
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it may have a batch to finish
    read = msgspec.json.Decoder(list[Features]).decode
    fitted().scored([Features.of("a", [])])
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(fitted().scored(read(line))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
