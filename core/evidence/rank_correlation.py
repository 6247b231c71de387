"""Rank correlation of two maps: how alike they order the cells of a grid."""

from __future__ import annotations

import cv2
import numpy as np

from core.evidence.masked_input import Floats


def rank_correlation(one: Floats, other: Floats) -> float | None:
    """Spearman's rank correlation of two maps (Spearman 1904).

    The correlation of the cells' ranks, ties sharing their mean rank: 1 if both order the cells
    the same way, -1 if the opposite way, about 0 if they have nothing to do with each other.

    It cannot show whether the values are alike, only their order; of few cells it says little (of
    four, two orders by chance agree entirely once in 24 times); and neighbouring cells are alike
    in most maps, so two unrelated maps are often further from 0 than their number of cells
    suggests.

    Args:
        one: float32, any shape.
        other: float32 of the same shape. Cells that are not finite in either are left out.

    Returns:
        -1 to 1; None where no order exists: fewer than three cells, or a map that is the same
        everywhere.

    Example:
        >>> rank_correlation(np.array([1, 2, 3.5], np.float32), np.array([1, 20, 21], np.float32))
        1.0
        >>> rank_correlation(np.ones(3, np.float32), np.arange(3, dtype=np.float32))
    """
    known = np.isfinite(one) & np.isfinite(other)
    a, b = one[known], other[known]
    if a.size < 3 or (a == a[0]).all() or (b == b[0]).all():
        return None
    from scipy.stats import spearmanr  # takes half a second to import: not before it is needed

    return float(spearmanr(a, b).statistic)


def resample(heat: Floats, grid: tuple[int, int]) -> Floats:
    """Resample a map to another grid over the same input.

    Averaged where the grid is coarser, interpolated between the cells' centres where it is finer.

    Args:
        heat: float32 [h, w].
        grid: (rows, columns).

    Example:
        >>> resample(np.array([[1, 3], [5, 7]], np.float32), (1, 1)).tolist()
        [[4.0]]
        >>> resample(np.array([[0, 4]], np.float32), (1, 4)).tolist()
        [[0.0, 1.0, 3.0, 4.0]]
    """
    for axis, cells in enumerate(grid):
        size = (cells, heat.shape[0]) if axis else (heat.shape[1], cells)
        upsampling = cells > heat.shape[axis]
        heat = cv2.resize(
            heat, size, interpolation=cv2.INTER_LINEAR if upsampling else cv2.INTER_AREA
        )
    return heat
