"""Which groups of numbers tell a photo's class: cross-validation by scene, and its chance level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]

FOLDS = 5
_PERMUTATIONS = 499
_LEVEL = 0.01  # of a false alarm in any group
_LEAST = 0.1  # of what is left above chance, for a cue to be worth a word
_RIDGE = 1.0


@dataclass(frozen=True)
class Cue:
    """How far one group of numbers gives the class away.

    Attributes:
        group: What is measured.
        accuracy: Share of the photos of a class that it names rightly, mean over classes, 0 to 1.
        chance: The same with the classes drawn by lot, mean of many draws.
        bound: What only one draw in a hundred exceeds, in whichever group is highest.
        found: Whether it gives the class away.
    """

    group: str
    accuracy: float
    chance: float
    bound: float
    found: bool


def find_cues(
    groups: Mapping[str, Sequence[Floats]], labels: Numbers, scenes: Numbers, seed: int = 0
) -> tuple[Cue, ...]:
    """Name the groups of numbers that tell the class of scenes not learned from.

    Kernel ridge regression to the classes' indicators, each class of equal weight; the kernel is
    the mean of a Gaussian one of each block, as wide as the median distance. Five-fold
    cross-validation parts whole scenes. Chance is what the same does with the classes of whole
    scenes permuted; the bound is that of the highest group in each permutation (Westfall and Young
    1993), so that all groups together raise a false alarm in one of a hundred folders.

    Args:
        groups: Blocks by group, float64 [N, d] each; NaN where there is nothing to measure.
        labels: int [N], two classes or more.
        scenes: int [N], which photos show the same.
        seed: Of the folds and the permutations.

    Returns:
        One a group, the most telling first.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> labels = np.arange(60) % 2
        >>> groups = {"tells": [labels[:, None] + rng.normal(0, 0.1, (60, 1))],
        ...     "tells nothing": [rng.normal(0, 1, (60, 1))]}
        >>> [(cue.group, cue.found) for cue in find_cues(groups, labels, np.arange(60))]
        [('tells', True), ('tells nothing', False)]
    """
    rng = np.random.default_rng(seed)
    folds = _part_scenes(labels, scenes, rng)
    # A scene lies in one class as a rule; twins in two classes are permuted each for itself.
    pairs, of_pair = np.unique(np.stack([scenes, labels]), axis=1, return_inverse=True)
    of_pair = of_pair.ravel()
    permuted = np.stack(
        [labels, *(rng.permutation(pairs[1])[of_pair] for _ in range(_PERMUTATIONS))]
    )
    accuracies = np.stack(
        [_accuracies(_kernel(blocks), permuted, folds) for blocks in groups.values()]
    )
    highest = np.quantile(accuracies[:, 1:].max(axis=0), 1 - _LEVEL)
    cues = []
    for group, (own, *drawn) in zip(groups, accuracies, strict=True):
        chance = float(np.mean(drawn))
        found = own > highest and own - chance >= _LEAST * (1 - chance)
        cues.append(Cue(group, float(own), chance, float(highest), bool(found)))
    return tuple(sorted(cues, key=lambda cue: -cue.accuracy))


def _part_scenes(labels: Numbers, scenes: Numbers, rng: np.random.Generator) -> Numbers:
    """A fold for each photo: whole scenes, of each class as many in each fold as can be."""
    fold_of_scene: dict[int, int] = {}
    for label in np.unique(labels):
        own = [each for each in np.unique(scenes[labels == label]) if each not in fold_of_scene]
        first = int(rng.integers(FOLDS))
        for place, scene in enumerate(rng.permutation(own)):
            fold_of_scene[int(scene)] = (first + place) % FOLDS
    return np.array([fold_of_scene[int(each)] for each in scenes])


def _kernel(blocks: Sequence[Floats]) -> Floats:
    """How alike photos are, float64 [N, N]: the mean of the blocks that differ at all."""
    kernels = []
    for block in blocks:
        known = ~np.isnan(block).all(axis=1)
        if not known.any():
            continue
        values = np.where(np.isnan(block), np.nanmean(block[known], axis=0), block)
        squares = (values**2).sum(axis=1)
        distance = np.maximum(0, squares[:, None] + squares - 2 * values @ values.T)
        usual = float(np.median(distance[distance > 1e-12])) if (distance > 1e-12).any() else 0
        if usual:
            kernels.append(np.exp(-distance / usual))
    count = len(blocks[0])
    return np.mean(kernels, axis=0) if kernels else np.ones((count, count))


def _accuracies(kernel: Floats, labels: Numbers, folds: Numbers) -> Floats:
    """Balanced accuracy of cross-validation by each row of labels, [R, N]: float64 [R]."""
    classes = int(labels.max()) + 1
    rows, count = labels.shape
    guesses = np.empty((rows, count), int)
    for fold in np.unique(folds):
        test, train = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        own = kernel[np.ix_(train, train)]
        mean = own.mean(axis=0)
        centred = own - mean - mean[:, None] + own.mean()
        across = kernel[np.ix_(test, train)]
        across = across - across.mean(axis=1, keepdims=True) - mean + own.mean()
        smoother = across @ np.linalg.inv(centred + _RIDGE * np.eye(len(train)))
        given = labels[:, train]
        scores = np.empty((classes, rows, len(test)))
        for label in range(classes):
            member = (given == label).astype(float)
            total = member.sum(axis=1, keepdims=True)
            scores[label] = (member / np.maximum(total, 1)) @ smoother.T
            scores[label][total[:, 0] == 0] = -np.inf
        guesses[:, test] = scores.argmax(axis=0)
    right = guesses == labels
    shares = [
        (right & (labels == label)).sum(axis=1) / np.maximum((labels == label).sum(axis=1), 1)
        for label in range(classes)
    ]
    return np.mean(shares, axis=0)
