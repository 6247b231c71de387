"""Exact test of two shares on the same items."""

from __future__ import annotations

from math import comb


def mcnemar_exact(only_one: int, only_other: int) -> float:
    """McNemar's test (1947, doi 10.1007/BF02295996) in its exact, two-sided form.

    Args:
        only_one: Items on which only the one is right.
        only_other: Items on which only the other is.

    Returns:
        The chance of a split as uneven as this, or more so, if both were right equally often.

    Example:
        >>> mcnemar_exact(0, 5), mcnemar_exact(3, 3), mcnemar_exact(0, 0)
        (0.0625, 1.0, 1.0)
    """
    count, fewer = only_one + only_other, min(only_one, only_other)
    return min(1.0, 2 * sum(comb(count, k) for k in range(fewer + 1)) / 2**count)
