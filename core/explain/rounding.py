"""Maps that are zero but for rounding become zero, so that no noise is drawn as evidence.

A layer may have no say at all: shifted as a whole, what goes into a softmax over places changes
nothing, so Grad-CAM there is exactly 0. In single precision it comes out as noise, which a scale of
its own would make as bright as any evidence, and another on every machine.
"""

from __future__ import annotations

import numpy as np

from core.explain.cam import CLASS_AGNOSTIC, METHODS
from core.explain.score_gradients import Array, once

_SHARE = 1e-5
"""Of what was added up: 84 roundings of single precision (1.2e-7). Networks compiled in two ways
differ by 1e-6 to 1e-4 of their logits' range, so less than this nobody can know."""

_NUMBERS = 1 << 20  # of gradients whose sizes are taken at once


def drop_rounding(maps: Array, size: Array) -> Array:
    """Maps with those classes set to zero of which all cells together are rounding.

    Args:
        maps: float32 [N, C, h, w].
        size: float32 [N, C], how much was added up to each map: `sum |map| <= 1e-5 size` is zero.

    Returns:
        float32 [N, C, h, w]; as given where nothing is dropped.

    Example:
        >>> maps = np.array([[[[1.0, 2.0]], [[1e-6, -1e-6]]]], np.float32)
        >>> drop_rounding(maps, np.ones((1, 2), np.float32))[0, :, 0].tolist()
        [[1.0, 2.0], [0.0, 0.0]]
    """
    kept = np.abs(maps).sum(axis=(2, 3)) > _SHARE * size
    return maps if kept.all() else np.where(kept[:, :, None, None], maps, np.float32(0))


def size_of_sums(method: str, activations: Array, gradients: Array, scores: Array) -> Array:
    """How much a method adds up to its maps.

    It is the larger of two: the map's own terms, had none of them cancelled out; and what the map
    explains, which the gradients' rounding is a share of, however small they come out.

    Args:
        method: One of `cam.METHODS`.
        activations: float32 [N, h, w, K].
        gradients: float32 [N, C, h, w, K], of each class's score.
        scores: float32 [N, C], the size of what is explained; of a method that knows no class
            (Eigen-CAM) it does not count.

    Returns:
        float32 [N, C].

    Example:
        >>> there = np.ones((1, 1, 2, 1), np.float32)
        >>> cancels = np.array([3.0, -3.0], np.float32).reshape(1, 1, 1, 2, 1)
        >>> METHODS["grad-cam"](there, cancels).tolist()
        [[[[0.0, 0.0]]]]
        >>> size_of_sums("grad-cam", there, cancels, np.zeros((1, 1), np.float32)).tolist()
        [[6.0]]
    """
    there, single = np.abs(activations), once(gradients)
    step = max(1, _NUMBERS // single[:, :1].size)
    sizes = [
        METHODS[method](there, np.abs(single[:, start : start + step])).sum(axis=(2, 3))
        for start in range(0, single.shape[1], step)
    ]
    found = np.concatenate(sizes, axis=1)
    return found if method in CLASS_AGNOSTIC else np.maximum(found, scores)
