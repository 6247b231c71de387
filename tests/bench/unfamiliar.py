"""Measures of how unlike a photo is to all that a model learned from; the larger, the stranger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import rankdata

from core.explain.explainer import Explainer
from core.explain.familiarity import describe_looks, learn_familiarity
from core.images.decode import PREVIEW, read_file

_SPACE = 64  # dimensions of ViM's principal space, of fewer photos than its paper has
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """Photos as a model sees them: logits [N, C], pooled [N, K], looks [N, 11], and the classes."""

    logits: Floats
    pooled: Floats
    looks: Floats
    labels: NDArray[np.intp]

    def part(self, chosen: NDArray[np.bool_]) -> Seen:
        """Some of them."""
        return Seen(*(each[chosen] for each in vars(self).values()))


def see(explainer: Explainer, files: list[Path], labels: list[int] | None = None) -> Seen:
    """Show photos to a model."""
    logits, pooled, looks = [], [], []
    for file in files:
        pixels = explainer.fit(read_file(file, longest=PREVIEW)).pixels[None]
        found = explainer.forward(explainer.prepare(pixels))
        logits.append(found.logits[0])
        pooled.append(found.activations[0].mean(axis=(0, 1)))
        looks.append(describe_looks(pixels)[0])
    arrays = (np.array(each, float) for each in (logits, pooled, looks))
    return Seen(*arrays, np.array(labels if labels else [0] * len(files)))


def see_pixels(
    explainer: Explainer, pixels: NDArray[np.uint8], labels: NDArray[np.intp] | None = None
) -> Seen:
    """Show photos in its own size to a model, uint8 [N, h, w, 3]."""
    arrays = (explainer.logits(pixels), explainer.pool(pixels), describe_looks(pixels))
    found = (each.astype(float) for each in arrays)
    return Seen(*found, np.zeros(len(pixels), int) if labels is None else labels)


def _unit(pooled: Floats) -> Floats:
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def _precision(residuals: Floats) -> Callable[[Floats], Floats]:
    """Squared length under a covariance that is shrunk (Ledoit and Wolf 2004)."""
    count, size = residuals.shape
    _, singular, axes = np.linalg.svd(residuals, full_matrices=False)
    variances = singular**2 / count
    mean, squares = variances.sum() / size, (variances**2).sum()
    noise = ((residuals**2).sum(axis=1) ** 2).sum() / count - squares
    share = min(1.0, noise / count / (squares - size * mean**2))
    along, across = 1 / ((1 - share) * variances + share * mean), 1 / (share * mean)

    def squared(rows: Floats) -> Floats:
        on = (rows @ axes.T) ** 2
        return on @ along + across * ((rows**2).sum(axis=1) - on.sum(axis=1))

    return squared


def probability(known: Seen, asked: Seen) -> Floats:
    """Maximum probability (Hendrycks and Gimpel 2017, arXiv 1610.02136)."""
    return logsumexp(asked.logits, axis=1) - asked.logits.max(axis=1)


def energy(known: Seen, asked: Seen) -> Floats:
    """Energy (Liu et al. 2020, arXiv 2010.03759)."""
    return -logsumexp(asked.logits, axis=1)


def mahalanobis(known: Seen, asked: Seen) -> Floats:
    """To the nearest class, one covariance for all (Lee et al. 2018, arXiv 1807.03888)."""
    rows, new = _unit(known.pooled), _unit(asked.pooled)
    means = np.array([rows[known.labels == each].mean(axis=0) for each in set(known.labels)])
    squared = _precision(rows - means[known.labels])
    return np.min([squared(new - mean) for mean in means], axis=0)


def virtual_logit(known: Seen, asked: Seen) -> Floats:
    """ViM: what lies out of the principal space, beside the logits (Wang et al. 2022, 2203.10807).

    Centred on the mean of what is known.
    """
    centre = known.pooled.mean(axis=0)
    _, _, axes = np.linalg.svd(known.pooled - centre, full_matrices=False)

    def outside(seen: Seen) -> Floats:
        rows = seen.pooled - centre
        return np.linalg.norm(rows - rows @ axes[:_SPACE].T @ axes[:_SPACE], axis=1)

    scale = known.logits.max(axis=1).mean() / outside(known).mean()
    return scale * outside(asked) - logsumexp(asked.logits, axis=1)


def neighbour(known: Seen, asked: Seen) -> Floats:
    """Distance to the nearest known photo (Sun et al. 2022, arXiv 2204.06507)."""
    cosines = _unit(asked.pooled) @ _unit(known.pooled).T
    return np.sqrt(np.maximum(0, 2 - 2 * cosines.max(axis=1)))


def neighbour_and_looks(known: Seen, asked: Seen) -> Floats:
    """The same with colours, contrast and sharpness, as `core.explain.familiarity` has it."""
    scenes = range(len(known.pooled))
    learned = learn_familiarity("", known.pooled, known.looks, scenes)
    assert learned
    return -learned.measure_numbers(asked.pooled, asked.looks)


MEASURES = (
    *(probability, energy, mahalanobis, virtual_logit, neighbour),
    neighbour_and_looks,
)


def auroc(known: Floats, unknown: Floats) -> float:
    """How often an unknown photo is ranked as stranger than a known one."""
    ranks = rankdata(np.concatenate([known, unknown]))[len(known) :].sum()
    return float((ranks - len(unknown) * (len(unknown) + 1) / 2) / len(known) / len(unknown))


def flagged(known: Floats, unknown: Floats) -> float:
    """Share of unknown photos that are flagged where 5 % of the known ones are."""
    return float((unknown > np.quantile(known, 0.95)).mean())
