"""The encoder's numbers two by two."""

from __future__ import annotations

import numpy as np

from integration.pairs import pairs

DIRECTIONS = np.eye(4, 3, dtype=np.float32)


def test_pairs_are_alike_as_the_square_of_what_the_vectors_are() -> None:
    first, second = np.array([[0.6, 0.0, 0.8, 0.0], [0.0, 1.0, 0.0, 0.0]], np.float32)
    between = np.array([0.6, 0.8, 0.0, 0.0], np.float32)
    paired = pairs(np.stack([first, second, between]), DIRECTIONS)
    assert paired.shape == (3, 6)
    assert np.allclose(paired @ paired.T, [[1, 0, 0.1296], [0, 1, 0.64], [0.1296, 0.64, 1]])


def test_what_lies_in_none_of_the_directions_has_no_pairs() -> None:
    beside = np.array([[0.0, 0.0, 0.0, 1.0]], np.float32)
    assert not pairs(beside, DIRECTIONS).any()
