"""Log odds of a class: a score that does not saturate as a probability does."""

from __future__ import annotations

import numpy as np

from core.evidence.masked_input import Floats

_TINY = 1e-30  # for a probability that is 0 in single precision


def log_odds(
    scores: Floats, target: int, head: str, contrast_class: int | None = None, negate: bool = False
) -> Floats:
    """Log odds of a class, `log(p / (1 - p))`: how much more likely it is than not.

    Unlike a probability it does not saturate: from 0.99999 to 0.999 a class has lost nothing that
    anyone would notice, and 4.6 of its log odds. In the same order as the probability.

    Args:
        scores: float32 [N, C], probabilities.
        target: Index of the class.
        head: As `network.Network`. But of sigmoids, `1 - p` is added up from the other classes:
            exact also where p is so near 1 that the difference is rounded off.
        contrast_class: Index of another class, for how much more likely the one is than the other.
        negate: For how much less likely instead.

    Returns:
        float32 [N].

    Example:
        >>> log_odds(np.array([[0.5, 0.25, 0.25]], np.float32), 0, "softmax").tolist()
        [0.0]
    """
    exact = scores.astype(np.float64)
    wanted = exact[:, target]
    if contrast_class is not None:
        rest = exact[:, contrast_class]
    elif head != "sigmoid":
        rest = np.delete(exact, target, axis=1).sum(axis=1)
    else:
        rest = 1 - wanted
    found = np.log(np.maximum(wanted, _TINY)) - np.log(np.maximum(rest, _TINY))
    return (-found if negate else found).astype(np.float32)


def to_probability(log_odds: Floats) -> Floats:
    """The probability of log odds, 0 to 1.

    Example:
        >>> to_probability(np.zeros(1, np.float32)).tolist()
        [0.5]
    """
    return (1 + np.tanh(log_odds / np.float32(2))) / np.float32(2)
