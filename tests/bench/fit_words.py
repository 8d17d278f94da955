"""`python -m tests.bench.fit_words`: fit the sense of the language anew to the notes built on.

Ridge regression of each category's yes or no, solved exactly: the same notes give the same
weights. Writes `integration/sense.npz`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

import integration
from integration.fitted import WEIGHTS
from tests.bench.exemplars import Exemplar, alike, exemplars, features

STIFFNESS = 0.3


def fitted(given: Sequence[Exemplar]) -> dict[str, np.ndarray]:
    found = features(given)
    categories = sorted({each.category for each in given})
    factors = np.linalg.solve(loosened(alike(list(found.blocks.values())), given), wanted(given))
    weights = {
        name: (block.T @ factors.astype(np.float32)).astype(np.float16)
        for name, block in found.blocks.items()
    }
    lists = {f"{name}_listed": np.array(list(listed)) for name, listed in found.listed.items()}
    rarity = {
        f"{name}_idf": np.array(list(listed.values()), np.float16)
        for name, listed in found.listed.items()
    }
    told = {"categories": np.array(categories), "directions": found.directions}
    return {**told, **weights, **lists, **rarity}


def loosened(gram: np.ndarray, given: Sequence[Exemplar]) -> np.ndarray:
    """An exemplar of little weight need not be met exactly."""
    gram[np.diag_indices(len(given))] += STIFFNESS / np.array([each.weight for each in given])
    return gram


def wanted(given: Sequence[Exemplar]) -> np.ndarray:
    """1 where the exemplar is of the category, in the order of their names."""
    categories = sorted({each.category for each in given})
    return np.array([[each.category == name for name in categories] for each in given], np.float32)


def main() -> None:
    given = exemplars()
    out = Path(str(integration.__file__)).with_name(WEIGHTS)
    np.savez_compressed(out, allow_pickle=False, **fitted(given))
    print(f"{len(given)} notes and sentences, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
