"""Turns in rounds, and what they say: median, spread, and ratios within each round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Series = dict[str, list[float]]
"""What each took, a number a round."""


def interleave(turns: Mapping[str, Callable[[], float]], rounds: int) -> Series:
    """Each in turn, round after round, every round begun by another one.

    So all of them meet the same changes of the machine's speed, and none is always the first.
    """
    taken: Series = {name: [] for name in turns}
    names = list(turns)
    for _ in range(rounds):
        for name in names:
            taken[name].append(turns[name]())
        names = names[1:] + names[:1]
    return taken


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it."""

    low: float
    median: float
    high: float


def spread(values: list[float]) -> Spread:
    """The quartiles of what was measured.

    Example:
        >>> spread([3.0, 1.0, 2.0])
        Spread(low=1.5, median=2.0, high=2.5)
    """
    low, median, high = np.percentile(values, [25, 50, 75])
    return Spread(float(low), float(median), float(high))


def ratios(series: Series, of: str, to: str) -> Spread:
    """How many times as long one takes as another, from each round's own ratio.

    Example:
        >>> ratios({"a": [2.0, 4.0], "b": [1.0, 2.0]}, "a", "b")
        Spread(low=2.0, median=2.0, high=2.0)
    """
    return spread([one / other for one, other in zip(series[of], series[to], strict=True)])


def quickest(series: Series, names: list[str]) -> str:
    """The one with the lowest median."""
    return min(names, key=lambda name: float(np.median(series[name])))
