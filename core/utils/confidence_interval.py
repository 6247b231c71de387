"""95 % confidence intervals of shares and means."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

_Z = 1.96  # standard deviations, of 95 %


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share (Wilson 1927, doi 10.2307/2276774).

    Args:
        hits: How many were.
        count: Of how many; 1 or more.

    Returns:
        Its ends, 0 to 1.

    Example:
        >>> tuple(round(end, 3) for end in wilson_interval(9, 10))
        (0.596, 0.982)
    """
    share = hits / count
    centre = (share + _Z * _Z / (2 * count)) / (1 + _Z * _Z / count)
    spread = _Z * math.sqrt(share * (1 - share) / count + (_Z / (2 * count)) ** 2)
    half = spread / (1 + _Z * _Z / count)
    return max(0.0, centre - half), min(1.0, centre + half)


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """Student's 95 % interval of a mean (Student 1908, doi 10.2307/2331554).

    Args:
        values: Two or more.

    Returns:
        The mean, and by how much the true one may be above or below it.

    Example:
        >>> mean, within = mean_interval([1.0, 2.0, 3.0])  # 4.303 times 1 / sqrt(3)
        >>> mean, round(within, 2)
        (2.0, 2.48)
    """
    from scipy.stats import t  # takes half a second to import: not before it is needed

    spread = statistics.stdev(values) / math.sqrt(len(values))
    return statistics.fmean(values), float(t.ppf(0.975, len(values) - 1)) * spread
