"""Sizes of whole grains: mean, median and standard deviation of length and width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.grain_counting.count_grains import Grain


class Spread(NamedTuple):
    """A measure of several grains.

    Attributes:
        mean, median: Of all of them.
        deviation: Standard deviation of the sample, divided by n - 1; None of one grain.
    """

    mean: float
    median: float
    deviation: float | None


class SizeSummary(NamedTuple):
    """Lengths and widths of whole grains, in pixels of the photo at full size or in mm."""

    length: Spread
    width: Spread


def summarize_sizes(grains: Sequence[Grain], scale: float | None = None) -> SizeSummary | None:
    """Summarize the whole grains: not broken, not touching, not cut by the photo's edge.

    Args:
        grains: Of one photo or of several.
        scale: Pixels per millimetre, for sizes in mm; None or 0 for pixels.

    Returns:
        None without a whole grain.

    Example:
        >>> summarize_sizes([]) is None
        True
    """
    whole = [grain for grain in grains if not grain.problem]
    if not whole:
        return None
    sizes = [grain.millimetres(scale) if scale else grain.size for grain in whole]
    return SizeSummary(
        spread([size.length for size in sizes]), spread([size.width for size in sizes])
    )


def spread(values: Sequence[float]) -> Spread:
    """Mean, median and standard deviation of at least one number.

    Example:
        >>> spread([58.0, 60.0, 65.0])
        Spread(mean=61.0, median=60.0, deviation=3.605551275463989)
        >>> spread([58.0]).deviation is None
        True
    """
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return Spread(float(np.mean(values)), float(np.median(values)), deviation)
