"""How far a share that was counted may be from the true one."""

from __future__ import annotations

import math

_Z = 1.96  # standard deviations, of 95 %


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share (Wilson 1927, doi 10.2307/2276774).

    Args:
        hits: How many were.
        count: Of how many; 1 or more.

    Returns:
        Its ends, 0 to 1.

    Example:
        >>> tuple(round(end, 3) for end in wilson(9, 10))
        (0.596, 0.982)
    """
    share = hits / count
    centre = (share + _Z * _Z / (2 * count)) / (1 + _Z * _Z / count)
    spread = _Z * math.sqrt(share * (1 - share) / count + (_Z / (2 * count)) ** 2)
    half = spread / (1 + _Z * _Z / count)
    return max(0.0, centre - half), min(1.0, centre + half)
