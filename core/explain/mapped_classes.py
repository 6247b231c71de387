"""Which classes of a photo get a map, where a model has many and each costs a pass back."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

MANY = 32
"""Classes; all of so many, or fewer, always have a map."""

BEST = 5
"""Of more, so many have one, and those that are asked for."""


def best_classes(scores: NDArray[np.float32], asked: Collection[int] = ()) -> list[int]:
    """The classes with the highest scores and those asked for, by index in rising order.

    Args:
        scores: float32 [C], or logits.
        asked: Indexes.

    Example:
        >>> best_classes(np.arange(40, dtype=np.float32), asked=[3])
        [3, 35, 36, 37, 38, 39]
    """
    best = np.argsort(-scores, kind="stable")[:BEST]
    return sorted({*map(int, best), *asked})


def must_ask(name: str, classes: Sequence[str], scores: NDArray[np.float32]) -> bool:
    """Whether a class may have no map unless it is asked for.

    Args:
        name: The class.
        classes: All names.
        scores: float32 [C].

    Example:
        >>> must_ask("b", ["a", "b"], np.zeros(2, np.float32))
        False
    """
    return len(classes) > MANY and classes.index(name) not in best_classes(scores)
