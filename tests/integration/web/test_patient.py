"""A look that somebody waits for, and not for ever."""

from __future__ import annotations

import threading

import pytest

from integration.web.patient import Patient


def test_where_no_thread_could_begin_the_next_one_looks_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_room(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    patient = Patient(lambda: "seen", 5.0)
    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", no_room)
        with pytest.raises(RuntimeError):
            patient()
    assert patient() == "seen"
