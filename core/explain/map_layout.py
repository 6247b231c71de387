"""Lays the maps of a layer whose cells do not fill the model's input onto all of it.

Convolutions without padding and crops leave a grid that covers only a part of the input. Drawn as
if it filled it, its heat would lie beside what caused it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.models.network import Layer, Span

Floats = NDArray[np.float32]


def fill_input(maps: Floats, layer: Layer) -> Floats:
    """Maps on equal cells that fill the input.

    Values between the middles of the layer's cells are interpolated linearly, and stay constant
    beyond the outermost ones as far as these see; what none of them sees has none.

    Args:
        maps: float32 [..., h, w], on the layer's own grid.
        layer: The layer.

    Returns:
        float32 [..., h', w'] with `layer.map_grid`; as given where the layer fills the input.

    Example:
        >>> left = (Span(0.0, 1.0, 0.0, 1.0), Span(0.0, 0.5, 0.0, 0.5))  # the right half is cut off
        >>> layer = Layer("a", "Conv2D", "a:0", (1, 2), 8, spans=left)
        >>> fill_input(np.array([[3.0, 5.0]], np.float32), layer).tolist()
        [[3.0, 5.0, 0.0, 0.0]]
    """
    if layer.spans is None:
        return maps
    rows, columns = map(_weights, layer.spans, layer.grid, layer.map_grid)
    return (rows @ maps @ columns.T).astype(np.float32, copy=False)


@lru_cache(64)
def _weights(span: Span, cells: int, filled: int) -> Floats:
    """Linear interpolation along an axis, as a matrix: float32 [filled, cells]."""
    middle = (np.arange(filled) + 0.5) / filled
    position = (middle - span.begin) / (span.end - span.begin) * cells - 0.5
    position = np.clip(position, 0, cells - 1)
    weights = np.maximum(0, 1 - np.abs(position[:, None] - np.arange(cells)))
    weights[(middle < span.seen_begin) | (middle > span.seen_end)] = 0
    return weights.astype(np.float32)
