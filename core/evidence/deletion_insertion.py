"""Deletion and insertion curves: the class score while the hottest cells are removed or added."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evidence.masked_input import Floats, Mask

STEPS = 7
RANDOM_ORDERS = 4


@dataclass(frozen=True)
class Curves:
    """Deletion and insertion curves of a class's score, and those of random orders.

    Attributes:
        shares: float32 [S + 1], how much of the photo is gone (deletion) or there (insertion).
        deletion: float32 [S + 1], the score with the hottest places gone.
        insertion: float32 [S + 1], the score with only the hottest places there.
        random: float32 [R, S + 1], the score with the same share gone in random order.
    """

    shares: Floats
    deletion: Floats
    insertion: Floats
    random: Floats

    @property
    def random_areas(self) -> NDArray[np.float64]:
        """Area under each random curve, [R]; it serves deletion and insertion alike."""
        return np.array([area_under_curve(self.shares, curve) for curve in self.random])

    @property
    def spread(self) -> float:
        """Standard deviation of the random orders' areas."""
        return float(self.random_areas.std(ddof=1))

    @property
    def deletion_gain(self) -> float:
        """By how much the deletion area is smaller than that of random orders; above 0 is good."""
        return float(self.random_areas.mean()) - area_under_curve(self.shares, self.deletion)

    @property
    def insertion_gain(self) -> float:
        """By how much the insertion area is larger than that of random orders; above 0 is good."""
        return area_under_curve(self.shares, self.insertion) - float(self.random_areas.mean())

    @property
    def gain(self) -> float:
        """Mean of the two gains: half of insertion's area less deletion's, whatever is random."""
        return (self.deletion_gain + self.insertion_gain) / 2


def area_under_curve(shares: Floats, curve: Floats) -> float:
    """Area under a curve by the trapezoid rule: the mean score, 0 to 1 for probabilities.

    Example:
        >>> area_under_curve(np.array([0, 0.5, 1], np.float32), np.array([1, 0, 0], np.float32))
        0.25
    """
    return float((np.diff(shares) * (curve[1:] + curve[:-1]) / 2).sum())


def removal_orders(heat: Floats, shown: Mask, seed: int = 0) -> NDArray[np.int64]:
    """The orders in which cells are removed: hottest first, and random ones.

    Args:
        heat: float32 [rows, columns].
        shown: bool [rows * columns]; cells that show nothing of the photo are left out.
        seed: Of the random orders.

    Returns:
        int64 [1 + RANDOM, n], numbers of cells; the first row is the map's.
    """
    rng = np.random.default_rng(seed)
    there = np.flatnonzero(shown)
    hottest = there[np.argsort(-heat.ravel()[there], kind="stable")]
    return np.stack([hottest, *(rng.permutation(there) for _ in range(RANDOM_ORDERS))])


def removal_counts(number: int) -> NDArray[np.int64]:
    """How many cells are gone at each step, from none to all: int64 [S + 1].

    Example:
        >>> removal_counts(49).tolist()
        [0, 7, 14, 21, 28, 35, 42, 49]
    """
    return np.round(np.linspace(0, number, STEPS + 1)).astype(np.int64)


def removal_masks(order: NDArray[np.int64], cell_of: NDArray[np.int64]) -> Mask:
    """Which pixels are gone at each step between none and all: bool [S - 1, h, w].

    Args:
        order: int64 [n], numbers of the cells, the first to go first.
        cell_of: int64 [h, w], the cell of each pixel.
    """
    steps = removal_counts(len(order))[1:-1]
    return np.stack([np.isin(cell_of, order[:count]) for count in steps])


def build_curves(
    whole: float, nothing: float, deleted: Floats, inserted: Floats, random: Floats, number: int
) -> Curves:
    """Deletion and insertion curves from the scores at each step.

    Petsiuk, Das and Saenko 2018, "RISE: Randomized Input Sampling for Explanation of Black-box
    Models" (arXiv 1806.07421): delete the places that a map calls most important first, insert
    them first into a blurred photo, and take the areas under the two curves. A small deletion area
    and a large insertion area are good. RISE goes pixel by pixel; here it is the cells of a grid,
    in few steps. Both start from and end at the same two photos, as both use the blurred one.

    Areas depend on the photo and the model, so they are read against random orders of the same
    cells. Inserting in an order what was deleted last in it passes through the same photos, so the
    random curves serve for both, and their areas are the same.

    It cannot show that a map is right: a photo with holes is none that the model was trained on,
    and if the class is all over the photo, no order is better than another.

    Args:
        whole: Score of the photo.
        nothing: Score of the blurred photo.
        deleted: float32 [S - 1], scores with the hottest places gone.
        inserted: float32 [S - 1], scores with only the hottest places there.
        random: float32 [R, S - 1], scores with places gone in random orders.
        number: n, of cells.
    """

    def between(start: float, middle: Floats, end: float) -> Floats:
        return np.array([start, *middle, end], np.float32)

    return Curves(
        (removal_counts(number) / number).astype(np.float32),
        between(whole, deleted, nothing),
        between(nothing, inserted, whole),
        np.stack([between(whole, each, nothing) for each in random]),
    )
