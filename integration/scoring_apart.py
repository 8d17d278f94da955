"""Notes scored in a process of its own beside ours (`integration.scoring_process`).

Numpy, the weights and the encoder stay out of our memory, and loading and scoring go on while we
wait for a CRM or decide other customers. A process that ends is started again, and if it ends
time after time, ours does its work: the scores are the same.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import logging
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from integration.fitted import Scored
from integration.scoring import scored_here

TRIES = 3
"""After as many in a row it cannot be had."""

log = logging.getLogger(__name__)

_read = msgspec.json.Decoder(list[Scored]).decode


class ScoringProcess:
    """Scores notes in the order in which they come. May be used from several threads."""

    def __init__(self, command: Sequence[str] = ()) -> None:
        self._command = command or (sys.executable, "-m", "integration.scoring_process")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scoring")
        self._failures = 0  # since the last answer
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to load; answers at once."""
        self._thread.submit(self._start)

    def begin(self, notes: Sequence[bytes]) -> Future[list[Scored]]:
        """Answers at once too."""
        return self._thread.submit(self._scored, notes)

    def end(self) -> None:
        """It has nothing to lose. If we are killed, it ends by itself: nobody writes any more."""
        self._thread.shutdown(cancel_futures=True)
        self._give_up()

    # ---- in the thread

    def _start(self) -> None:
        if self.process is None:
            with contextlib.suppress(OSError):  # the first note will tell
                self.process = subprocess.Popen(  # noqa: S603 (our own module, nothing from outside)
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )

    def _scored(self, notes: Sequence[bytes]) -> list[Scored]:
        while self._failures < TRIES:
            try:
                self._start()
                scored = _read(self._answer(notes))
            except (OSError, EOFError, msgspec.DecodeError) as error:
                self._failures += 1
                log.warning("the process that scores notes ended (%s)", error)
                self._give_up()
            else:
                self._failures = 0
                return scored
        return scored_here(notes)

    def _answer(self, notes: Sequence[bytes]) -> bytes:
        """One line of JSON out, one back."""
        process = self.process
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError("it could not be started")
        process.stdin.write(b"[%b]\n" % b",".join(notes))
        process.stdin.flush()
        line = process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError("without an answer")
        return line

    def _give_up(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was written to it went nowhere
                    pipe.close()
        process.wait()


@functools.cache
def scoring_process() -> ScoringProcess:
    """The one of this process."""
    made = ScoringProcess()
    atexit.register(made.end)
    return made
