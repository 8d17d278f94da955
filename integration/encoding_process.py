"""The encoder's process: a line of JSON with texts in, the length of the answer and the vectors
(32-bit floats, one text after the other) out, until nobody writes any more."""

from __future__ import annotations

import json
import signal
import sys

from integration.encoding import in_this_process


def main() -> None:
    """Load first: the texts come later."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the one who asks
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it may have a batch to finish
    in_this_process(["a"])
    for line in sys.stdin.buffer:
        vectors = in_this_process(json.loads(line)).astype("float32").tobytes()
        sys.stdout.buffer.write(b"%d\n" % len(vectors))
        sys.stdout.buffer.write(vectors)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
