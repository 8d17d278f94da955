"""The encoder's own process: the same vectors, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from integration.encoding import TEXTS_AT_ONCE, Encoder, EncoderHere, in_this_process

NOTES = [f"the {number}th delivery came late and nobody called us" for number in range(20)]


@pytest.fixture
def encoder() -> Iterator[Encoder]:
    made = Encoder()
    made.start()
    yield made
    made.end()


def test_vectors_are_those_that_this_process_would_make(encoder: Encoder) -> None:
    assert len(NOTES) > TEXTS_AT_ONCE
    encoder.foresee(NOTES)
    apart = encoder.encode([NOTES[17], NOTES[0], "seen by nobody before"])
    here = in_this_process([NOTES[17], NOTES[0], "seen by nobody before"])
    assert np.allclose(apart, here, atol=1e-5)


def test_vectors_that_were_made_together_are_those_made_one_by_one() -> None:
    here = EncoderHere()
    here.foresee(NOTES)
    made = here.encode([NOTES[17], NOTES[0]])
    assert here.encode([NOTES[17], NOTES[0]])[0] is made[0]  # not made again
    assert np.allclose(made, in_this_process([NOTES[17], NOTES[0]]), atol=1e-5)
    unforeseen = here.encode([NOTES[3], "seen by nobody before"])
    assert np.allclose(unforeseen, in_this_process([NOTES[3], "seen by nobody before"]), atol=1e-5)


def test_a_process_that_dies_is_done_without(
    encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    encoder.encode(NOTES[:1])
    process = encoder.process
    assert process is not None
    process.kill()
    process.wait()
    assert np.allclose(encoder.encode(NOTES[1:2]), in_this_process(NOTES[1:2]), atol=1e-5)
    assert "reads notes itself" in caplog.text


def test_it_ends_by_itself_when_nobody_can_ask_any_more(encoder: Encoder) -> None:
    encoder.encode(NOTES[:1])
    process = encoder.process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0
