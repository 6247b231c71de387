"""Fusion of the maps of several layers: early ones are finer, late ones class-specific."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.explain.score_gradients import Array
from core.images.preprocess import place, project_to_photo

_GAMMA = 2  # the paper's; the best spot of a layer becomes tanh(2), 0.96


def fuse_layers(maps: Sequence[Array]) -> Array:
    """Fuse several layers' maps of one photo, on the finest rows and columns among them.

    Each layer's map of a class becomes shares of its own best spot, `tanh(2 M / max M)`, is drawn
    on the fine grid as `preprocess.project_to_photo` draws it on a photo, and the largest share at
    each
    place is kept: the fusion of Jiang et al. 2021, "LayerCAM: Exploring Hierarchical Class
    Activation Maps for Localization", doi 10.1109/TIP.2021.3089943. Values below zero are kept;
    cut off afterwards, on one grid, it is the paper's result. Where nothing in a layer speaks for
    the class, its shares are of what speaks most against it.

    The result is in shares, not in units of the score: it cannot be compared between photos or
    classes, nor does it add up to anything. A layer whose best spot is weak counts as much as one
    whose best spot is strong.

    Args:
        maps: float32 [C, h_i, w_i] of each layer, the same classes.

    Returns:
        float32 [C, h, w] between -1 and 1, `h` the most rows and `w` the most columns.

    Example:
        >>> coarse, fine = np.ones((1, 1, 1), np.float32), np.zeros((1, 1, 3), np.float32)
        >>> fuse_layers([coarse, fine])[0].round(2)
        array([[0.96, 0.96, 0.96]], dtype=float32)
    """
    size = (max(layer.shape[1] for layer in maps), max(layer.shape[2] for layer in maps))
    whole = place(size, size, "squash")
    drawn = [
        np.stack([project_to_photo(grid, whole, size) for grid in _shares(layer)]) for layer in maps
    ]
    return np.maximum.reduce(drawn)


def _shares(layer: Array) -> Array:
    values = layer.astype(np.float64)  # a tiny best spot over a large worst one is not too much
    best = values.max(axis=(1, 2), keepdims=True)
    scale = np.where(best > 0, best, np.abs(values).max(axis=(1, 2), keepdims=True))
    shares = np.divide(values, scale, out=np.zeros_like(values), where=scale > 0)
    return np.tanh(_GAMMA * shares).astype(np.float32)
