"""A look that may take for ever, for those who cannot wait so long: a database that fell silent
ends no statement, and whoever asks for health has to hear of just that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Patient(Generic[Found]):
    """Asks in a thread, one look at a time: those who come meanwhile get its answer too."""

    def __init__(self, look: Callable[[], Found], seconds: float) -> None:
        self._look = look
        self._seconds = seconds
        self._lock = threading.Lock()
        self._under_way: Future[Found] | None = None

    def __call__(self) -> Found:
        """Raises TimeoutError where there is no answer after so many seconds, and what the look
        raises."""
        with self._lock:
            asked = self._under_way
            if asked is None or asked.done():
                asked = Future()
                # a daemon, as an end must not wait for a silent database
                threading.Thread(target=self._ask, args=(asked,), daemon=True).start()
                self._under_way = asked  # not before: where no thread could begin, none answers
        return asked.result(timeout=self._seconds)

    def _ask(self, asked: Future[Found]) -> None:
        try:
            asked.set_result(self._look())
        except BaseException as error:  # noqa: BLE001 - it is for whoever waits
            asked.set_exception(error)
