"""Whether probabilities mean what they say: of photos at 90 %, nine of ten are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.network import softmax

_BINS = 15
_DRAWS = 1000
_LOWEST, _HIGHEST = 0.05, 20.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """A number with its 95 % interval, from scenes drawn by lot again and again."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """How far a model's probabilities are from how often it is right.

    Attributes:
        error: Expected calibration error, as of `calibration_error`.
        brier: Brier score, as of `brier_score`.
        temperature: That the logits of all photos would have to be divided by.
        error_after, brier_after: The same, with the temperature of the other half of the scenes.
    """

    error: Share
    brier: Share
    temperature: float
    error_after: Share
    brier_after: Share


def calibrate(
    logits: NDArray[np.float32], labels: NDArray[np.intp], scenes: NDArray[np.intp]
) -> Calibration | None:
    """Measure how far probabilities are from how often a model is right.

    Args:
        logits: float32 [N, C], of photos that the model was not trained on.
        labels: int [N].
        scenes: int [N], which photos show the same; drawn, and parted, as a whole.

    Returns:
        None where there are fewer than two scenes.
    """
    numbers, of_scene = np.unique(scenes, return_inverse=True)
    if len(numbers) < 2:
        return None
    second = of_scene % 2 == 1
    rescaled = np.empty_like(logits)
    for half in (second, ~second):
        rescaled[half] = logits[half] / fit_temperature(logits[~half], labels[~half])
    before, after = softmax(logits).astype(float), softmax(rescaled).astype(float)
    return Calibration(
        *_measured(before, labels, of_scene),
        fit_temperature(logits, labels),
        *_measured(after, labels, of_scene),
    )


def calibration_error(scores: Floats, labels: NDArray[np.intp]) -> float:
    """Expected calibration error (Guo et al. 2017, arXiv 1706.04599): 0 at best, 1 at worst.

    In each of 15 bins of the highest probability: its mean less the share that is right, by size,
    weighted by how many photos there are. Of few photos it is never 0, however well calibrated.

    Example:
        >>> scores = np.array([[0.8, 0.2]] * 5)
        >>> round(calibration_error(scores, np.array([0, 0, 0, 0, 1])), 6)
        0.0
    """
    highest, right = scores.max(axis=1), scores.argmax(axis=1) == labels
    bins = np.minimum((highest * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, highest - right, _BINS)
    return float(np.abs(gaps).sum() / len(labels))


def brier_score(scores: Floats, labels: NDArray[np.intp]) -> float:
    """Mean squared distance from certainty of the right class (Brier 1950): 0 at best, 2 at worst.

    Example:
        >>> brier_score(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 0]))
        0.25
    """
    certain = np.eye(scores.shape[1])[labels]
    return float(((scores - certain) ** 2).sum(axis=1).mean())


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.intp]) -> float:
    """What to divide logits by for the smallest log loss, 0.05 to 20 (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar  # takes a while to import: not before it is needed
    from scipy.special import logsumexp

    exact = logits.astype(float)

    def loss(log_temperature: float) -> float:
        scaled = exact / np.exp(log_temperature)
        return float((logsumexp(scaled, axis=1) - scaled[np.arange(len(labels)), labels]).mean())

    bounds = np.log(_LOWEST), np.log(_HIGHEST)
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def _measured(
    scores: Floats, labels: NDArray[np.intp], of_scene: NDArray[np.intp]
) -> tuple[Share, Share]:
    """Calibration error and Brier score, with intervals from scenes drawn with replacement."""
    members = [np.flatnonzero(of_scene == each) for each in range(of_scene.max() + 1)]
    rng = np.random.default_rng(0)
    drawn = [
        np.concatenate([members[each] for each in rng.integers(0, len(members), len(members))])
        for _ in range(_DRAWS)
    ]

    def share(measure: Callable[[Floats, NDArray[np.intp]], float]) -> Share:
        values = [measure(scores[each], labels[each]) for each in drawn]
        low, high = np.quantile(values, [0.025, 0.975])
        return Share(measure(scores, labels), float(low), float(high))

    return share(calibration_error), share(brier_score)
