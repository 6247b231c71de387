"""Inference of the input convention a model was trained with, from labelled photos.

A sound model that is shown numbers in the wrong scale, or colours in the wrong order, answers
without an error and without sense. So every usual convention is tried on the same photos, and the
one that makes the model right is the one it was trained with, if the photos can decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import binomtest

from core.explain.explainer import Explainer
from core.images.decode import Photo
from core.images.preprocess import GEOMETRIES, ORDERS, VALUES, fit, normalize, place
from core.models.calibration import Calibration, calibrate
from core.models.card import Input

ERROR_RATE = 0.05
"""The chance that what is called evident is wrong, all that is said of one model together."""

_FLIPS = 9999
_MOST_LOSS = 7.0  # of a photo, so that none outweighs the others
_BATCH = 16


@dataclass(frozen=True)
class Convention:
    """A way to show photos to a model, in the words of `preprocess`."""

    values: str
    order: str
    geometry: str


@dataclass(frozen=True)
class ConventionResult:
    """Accuracy of a model under one convention.

    Attributes:
        convention: Of the inputs.
        right: Number of photos whose class has the highest score.
        loss: Mean log loss of the photos, of each at most 7 (a probability of 1 in 1000).
        rejected: Whether the best convention is significantly better.
    """

    convention: Convention
    right: int
    loss: float
    rejected: bool


@dataclass(frozen=True)
class Findings:
    """Result of trying every convention on labelled photos.

    Attributes:
        results: Of all conventions, that of the smallest loss first.
        photos, scenes: How many were shown.
        chance: How many are right if every answer is the same, at best.
        sound: Whether the best convention makes the model right more often than that.
        p_value: The largest corrected one of the rejected conventions; 1 if none is rejected.
        calibration: Of the best convention; None where the classes do not exclude each other.
    """

    results: tuple[ConventionResult, ...]
    photos: int
    scenes: int
    chance: int
    sound: bool
    p_value: float
    calibration: Calibration | None = None

    @property
    def best(self) -> ConventionResult:
        """The convention of the smallest loss, evident or not."""
        return self.results[0]

    @property
    def candidates(self) -> tuple[ConventionResult, ...]:
        """Those that may as well be right as the best, which is among them."""
        return tuple(each for each in self.results if not each.rejected)

    @property
    def clear(self) -> bool:
        """Whether the number convention is certain; order and geometry may still be open."""
        return self.sound and len({each.convention.values for each in self.candidates}) == 1

    def result_of(self, said: Input) -> ConventionResult:
        """The result of what the card says."""
        own = Convention(said.values, said.order, said.geometry)
        return next(each for each in self.results if each.convention == own)

    def closest_to(self, said: Input) -> ConventionResult:
        """The candidate that changes least in what the card says."""

        def kept(each: ConventionResult) -> int:
            way = each.convention
            return (way.order == said.order) + (way.geometry == said.geometry)

        own = self.result_of(said)
        return max(self.candidates, key=kept) if own.rejected else own


def list_conventions(given: Input) -> tuple[Convention, ...]:
    """List all conventions to try; for grey photos, no order of colours."""
    orders = ORDERS if given.channels == 3 else (given.order,)
    return tuple(Convention(*each) for each in product(VALUES, orders, GEOMETRIES))


def convention_logits(
    explainer: Explainer, photo: Photo, tried: Sequence[Convention]
) -> NDArray[np.float32]:
    """Compute a model's logits of a photo under each convention: float32 [conventions, C].

    Conventions that come to the same for this photo, as all geometries do where its shape is the
    input's, are run once and get the same logits to the last bit.
    """
    given, network = explainer.card.input, explainer.network
    places = {each: place(photo.full_size[::-1], given.size, each) for each in GEOMETRIES}
    pixels = {each: fit(photo.rgb, each) for each in set(places.values())}
    ways = [(places[each.geometry], each.values, each.order) for each in tried]
    distinct = list(dict.fromkeys(ways))
    found = []
    for start in range(0, len(distinct), _BATCH):
        inputs = [
            normalize(pixels[at], values, order, given.channels)
            for at, values, order in distinct[start : start + _BATCH]
        ]
        found.append(network.logits(np.stack(inputs)))
    return np.concatenate(found)[[distinct.index(way) for way in ways]]


def compare_conventions(
    tried: Sequence[Convention],
    logits: NDArray[np.float32],
    labels: NDArray[np.int_],
    scenes: NDArray[np.int_],
    head: str,
    temperature: float = 1.0,
) -> Findings:
    """Compare conventions on the same photos.

    The one of the smallest log loss is compared with every other one by the sign-flip test on the
    difference of their losses (Fisher 1935, "The Design of Experiments", section 21): were they
    equally good, the difference of a scene could as well have the other sign. Photos of one scene
    flip together, since they are no independent witnesses. The other one is rejected if the
    p-value, times the number of the others, is at most `ERROR_RATE`: a wrong convention is called
    evident only if it beats the right one, too, and over all wrong ones the chance of that adds up
    to `ERROR_RATE`.

    That holds if a network's probabilities are to be trusted. One that was held back in training
    gains by numbers of a larger scale, which make it surer and no wiser. So a rejected convention
    is
    also right on fewer photos, by the same test, not corrected: on this ground few are a threat.

    Args:
        tried: K conventions.
        logits: float32 [K, N, C], of N photos and C classes.
        labels: int [N], the index of each photo's class.
        scenes: int [N], from 0: photos of the same number show the same scene.
        head: As `network.Network`.
        temperature: The card's; the log loss that conventions are compared by is without it.

    Example:
        >>> ways = list_conventions(Input(8, 8))
        >>> logits = np.zeros((len(ways), 40, 2), np.float32)
        >>> labels = np.arange(40) % 2
        >>> logits[:3, np.arange(40), labels] = 1
        >>> found = compare_conventions(ways, logits, labels, np.arange(40), "softmax")
        >>> found.clear, {each.convention.values for each in found.candidates}
        (True, {'0-255'})
    """
    logits = np.nan_to_num(logits, posinf=1e6, neginf=-1e6)
    losses = _log_losses(logits, labels, head)
    right = logits.argmax(axis=2) == labels
    ranks = np.argsort(losses.mean(axis=1), kind="stable")
    best = ranks[0]
    others = len({each.tobytes() for each in logits}) - 1  # that answer differently at all
    p = np.minimum(1, sign_flip_test(losses - losses[best], scenes) * max(1, others))
    fewer = sign_flip_test(right[best] * 1.0 - right, scenes) <= ERROR_RATE
    rejected = (p <= ERROR_RATE) & fewer

    weights = 1 / np.bincount(scenes)[scenes]  # a scene is one trial, however many photos show it
    hits, same = weights @ right[best], np.bincount(labels, weights).max()
    trials = int(scenes.max()) + 1
    luck = binomtest(int(hits + 1e-9), trials, min(1.0, same / trials), alternative="greater")
    return Findings(
        results=tuple(
            ConventionResult(
                tried[k], int(right[k].sum()), float(losses[k].mean()), bool(rejected[k])
            )
            for k in ranks
        ),
        photos=len(labels),
        scenes=trials,
        chance=int(np.bincount(labels).max()),
        sound=bool(luck.pvalue * (others + 1) <= ERROR_RATE),
        p_value=float(p[rejected].max(initial=0) if rejected.any() else 1),
        calibration=(
            None if head == "sigmoid" else calibrate(logits[best], labels, scenes, temperature)
        ),
    )


def _log_losses(
    logits: NDArray[np.float32], labels: NDArray[np.int_], head: str
) -> NDArray[np.float64]:
    """Of each photo under each convention, float64 [K, N].

    Where classes do not exclude each other ("sigmoid"), denying the others counts, too.
    """
    exact = logits.astype(np.float64)
    if head != "sigmoid":
        losses = logsumexp(exact, axis=2) - exact[:, np.arange(len(labels)), labels]
    else:
        true = np.arange(logits.shape[2]) == labels[:, None]
        losses = np.logaddexp(0, np.where(true, -exact, exact)).sum(axis=2)
    return np.minimum(losses, _MOST_LOSS)


def sign_flip_test(
    differences: NDArray[np.float64], scenes: NDArray[np.int_]
) -> NDArray[np.float64]:
    """p-values [K] that the means of [K, N] are above 0 by chance alone; scenes flip as one."""
    by_scene = np.zeros((scenes.max() + 1, len(differences)))
    np.add.at(by_scene, scenes, differences.T)
    sums = by_scene.sum(axis=0)
    reached = _signs(len(by_scene)) @ by_scene >= sums - 1e-9 * np.abs(by_scene).sum(axis=0)
    return (1 + reached.sum(axis=0)) / (1 + _FLIPS)


@lru_cache(1)
def _signs(scenes: int) -> NDArray[np.float64]:
    """Flips of all scenes, 1 or -1: float64 [flips, scenes]."""
    return np.random.default_rng(0).choice([-1.0, 1.0], (_FLIPS, scenes))
