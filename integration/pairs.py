"""What the encoder's numbers say two by two, so that a linear sense can tell what is alike only
close by: a cold room and a cold trainer have a number in common, and not the pair of two.

The vectors are turned into the directions in which notes differ most, and each of these is
multiplied with each. Vectors are of length one; a row for each.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

_LEAST = 1e-9
"""A length that nothing is divided by less than."""


def pairs(vectors: Matrix, directions: Matrix) -> Matrix:
    """The products of two such rows are those of the vectors in the directions, squared."""
    import numpy as np  # noqa: PLC0415 (only where notes are read)

    turned = vectors @ directions
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), _LEAST)
    first, second, times = _places(directions.shape[1])
    paired: Matrix = turned[:, first] * turned[:, second] * times
    return paired


@functools.cache
def _places(directions: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Matrix]:
    """Of each pair, once; two different ones stand for both orders."""
    import numpy as np  # noqa: PLC0415

    first, second = np.triu_indices(directions)
    times = np.where(first == second, 1.0, np.sqrt(2.0)).astype(np.float32)
    return first, second, times
