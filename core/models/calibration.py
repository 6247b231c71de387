"""Whether probabilities mean what they say: of photos at 90 %, nine of ten are right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models.network import softmax

_BINS = 15
_DRAWS = 1000
_LOWEST, _HIGHEST = 0.05, 20.0
_PRIOR = 0.5  # photos of each class that are added to those of known class
STEPS = 10
"""Bins of a reliability diagram: 0 to 10 %, 10 to 20 %, …"""

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]


@dataclass(frozen=True)
class Share:
    """A number with its 95 % interval, from draws."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """A bar of a reliability diagram: the photos whose highest probability lies in a range.

    Attributes:
        low, high: The range, 0 to 1.
        photos: How many there are.
        confidence: The mean of their highest probabilities.
        right: Share of them that are classified correctly.
    """

    low: float
    high: float
    photos: int
    confidence: float
    right: float


@dataclass(frozen=True)
class Reliability:
    """How far probabilities are from how often a model is right.

    Attributes:
        error: Expected calibration error, as of `calibration_error`; the interval is of scenes
            drawn by lot again and again.
        by_chance: What it would be if each photo were right just as often as its probability says
            (consistency resampling, Bröcker and Smith 2007, doi 10.1175/WAF993.1): of few photos
            it is far from 0. Photos of one scene, which are right or wrong together, have more.
        brier: Brier score, as of `brier_score`.
        bins: As of `reliability_bins`.
    """

    error: Share
    by_chance: Share
    brier: Share
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class Calibration:
    """Reliability of a model with one temperature and another.

    Attributes:
        own: The temperature of its card.
        fitted: The one that all these photos ask for, as of `fit_temperature`.
        raw: Reliability without a temperature.
        now: With that of its card.
        refitted: With the one that the other half of the scenes asks for.
        improves: Whether this one has a smaller log loss than that of its card.
    """

    own: float
    fitted: float
    raw: Reliability
    now: Reliability
    refitted: Reliability
    improves: bool


def calibrate(
    logits: NDArray[np.float32], labels: Labels, scenes: Labels, own: float = 1.0
) -> Calibration | None:
    """Measure how far probabilities are from how often a model is right.

    Args:
        logits: float32 [N, C], of photos that the model was not trained on.
        labels: int [N].
        scenes: int [N], which photos show the same; drawn, and parted, as a whole.
        own: The temperature of the model's card.

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
    given = logits / np.float32(own)
    raw, now, refitted = (
        measure_reliability(softmax(each), labels, scenes) for each in (logits, given, rescaled)
    )
    improves = _log_loss(rescaled, labels) < _log_loss(given, labels)
    return Calibration(own, fit_temperature(logits, labels), raw, now, refitted, improves)


def measure_reliability(
    scores: NDArray[np.floating[Any]], labels: Labels, scenes: Labels
) -> Reliability:
    """Measure the reliability of probabilities [N, C], as people read them."""
    exact = scores.astype(float)
    return Reliability(
        _share(calibration_error, exact, labels, scenes),
        _error_by_chance(exact),
        _share(brier_score, exact, labels, scenes),
        reliability_bins(exact.max(axis=1), exact.argmax(axis=1) == labels),
    )


def reliability_bins(highest: Floats, right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    """The bars of a reliability diagram (DeGroot and Fienberg 1983, doi 10.2307/2987588).

    Args:
        highest: float [N], the highest probability of each photo.
        right: bool [N], whether its class is the right one.

    Returns:
        Of ten bins, those with photos.

    Example:
        >>> reliability_bins(np.array([0.9, 1.0]), np.array([True, False]))
        (Bin(low=0.9, high=1.0, photos=2, confidence=0.95, right=0.5),)
    """
    found = ReliabilityCounts()
    for probability, correct in zip(highest, right, strict=True):
        found.add(float(probability), bool(correct))
    return found.bins


class ReliabilityCounts:
    """Counts of a reliability diagram, photo by photo; memory does not grow with their number."""

    def __init__(self) -> None:
        self._counts = np.zeros((STEPS, 3))  # photos, sum of probabilities, right

    def add(self, probability: float, correct: bool) -> None:
        """Count a photo.

        Args:
            probability: Its highest.
            correct: Whether that class is the right one.
        """
        # A hundredth of a per cent is no reason to call 90 % less than that.
        row = min(int(probability * STEPS + 1e-4), STEPS - 1)
        self._counts[row] += 1, probability, correct

    @property
    def bins(self) -> tuple[Bin, ...]:
        """Those with photos."""
        return tuple(
            Bin(row / STEPS, (row + 1) / STEPS, int(photos), said / photos, right / photos)
            for row, (photos, said, right) in enumerate(self._counts.tolist())
            if photos
        )


def to_card(found: Reliability) -> dict[str, Any]:
    """Reliability as the card's `calibration` has it."""
    return {
        "photos": sum(each.photos for each in found.bins),
        "error": round(found.error.value, 4),
        "interval": [round(found.error.low, 4), round(found.error.high, 4)],
        "by_chance": round(found.by_chance.value, 4),
        "brier": round(found.brier.value, 4),
        "bins": [
            {name: round(value, 4) for name, value in asdict(each).items()} for each in found.bins
        ],
    }


def bins_of_card(calibration: dict[str, Any]) -> tuple[Bin, ...]:
    """The bins in a card's `calibration`."""
    return tuple(Bin(**each) for each in calibration.get("bins", ()))


def calibration_error(scores: Floats, labels: Labels) -> float:
    """Expected calibration error (Guo et al. 2017, arXiv 1706.04599): 0 at best, 1 at worst.

    In each of 15 bins of the highest probability: its mean less the share that is right, by size,
    weighted by how many photos there are. Of few photos it is never 0, however well calibrated.

    Example:
        >>> scores = np.array([[0.8, 0.2]] * 5)
        >>> round(calibration_error(scores, np.array([0, 0, 0, 0, 1])), 6)
        0.0
    """
    return _error(scores.max(axis=1), scores.argmax(axis=1) == labels)


def _error(highest: Floats, right: NDArray[np.bool_]) -> float:
    bins = np.minimum((highest * _BINS).astype(int), _BINS - 1)
    return float(np.abs(np.bincount(bins, highest - right, _BINS)).sum() / len(right))


def brier_score(scores: Floats, labels: Labels) -> float:
    """Mean squared distance from certainty of the right class (Brier 1950): 0 at best, 2 at worst.

    Example:
        >>> brier_score(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 0]))
        0.25
    """
    certain = np.eye(scores.shape[1])[labels]
    return float(((scores - certain) ** 2).sum(axis=1).mean())


def fit_temperature(logits: NDArray[np.float32], labels: Labels) -> float:
    """What to divide logits by for the smallest log loss, 0.05 to 20 (Guo et al. 2017).

    Where a model is right on all of a few photos, that loss would ask for certainty. So half a
    photo of each class is added to those of a kind, as Jeffreys' prior has it: of N photos, the
    right class is aimed at with (N + 1/2) / (N + C/2) instead of 1, as Platt does with another
    prior (1999, "Probabilistic outputs for support vector machines", section 2.2).

    Example:
        >>> logits = np.log(np.array([[9, 1], [9, 1]], np.float32))
        >>> fit_temperature(np.repeat(logits, 50, axis=0), np.repeat([0, 0, 0, 1], 25)) > 1
        True
    """
    from scipy.optimize import minimize_scalar  # takes a while to import: not before it is needed
    from scipy.special import logsumexp

    exact, (count, classes) = logits.astype(float), logits.shape
    aims = np.full(logits.shape, _PRIOR / (count + _PRIOR * classes))
    aims[np.arange(count), labels] = (count + _PRIOR) / (count + _PRIOR * classes)

    def loss(log_temperature: float) -> float:
        scaled = exact / np.exp(log_temperature)
        return float((logsumexp(scaled, axis=1) - (aims * scaled).sum(axis=1)).mean())

    bounds = np.log(_LOWEST), np.log(_HIGHEST)
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x))


def _log_loss(logits: NDArray[np.float32], labels: Labels) -> float:
    from scipy.special import log_softmax

    found = log_softmax(logits.astype(float), axis=1)
    return float(-found[np.arange(len(labels)), labels].mean())


def _share(
    measure: Callable[[Floats, Labels], float], scores: Floats, labels: Labels, scenes: Labels
) -> Share:
    """A measure, with its interval from scenes drawn with replacement."""
    values = [measure(scores[each], labels[each]) for each in _drawn_scenes(scenes)]
    return _interval(measure(scores, labels), values)


def _drawn_scenes(scenes: Labels) -> Iterator[Labels]:
    members = [np.flatnonzero(scenes == each) for each in np.unique(scenes)]
    rng = np.random.default_rng(0)
    for _ in range(_DRAWS):
        yield np.concatenate([members[n] for n in rng.integers(0, len(members), len(members))])


def _error_by_chance(scores: Floats) -> Share:
    highest, rng = scores.max(axis=1), np.random.default_rng(0)
    values = [_error(highest, rng.random(len(highest)) < highest) for _ in range(_DRAWS)]
    return _interval(float(np.mean(values)), values)


def _interval(value: float, drawn: Sequence[float]) -> Share:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Share(value, float(low), float(high))
