"""Finds out by trying whether the cells of a grid lie as the photo does.

Where the operations themselves do not prove it (`grid_layout`), one place after another is changed
in the last tensors of which it is known: the cell that belongs there must respond most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.models.cell_layout import Axis, Layout
from core.models.tensorflow.constants import NO_WEIGHTS, Weights

_RIGHT = 0.95  # of the places tried
_TRIED = 6  # places along each axis
_GROUNDS = 2  # photos of noise that places are changed in
_AS_MUCH = 0.9  # of the most: cells that were enlarged together respond alike
_SCALES = (1.0, 64.0)  # of the numbers that a photo is made of; nobody says which a model takes
_BATCH = 12


def responds_in_place(
    photos: Any, known: Any, layout: Layout, tensor: Any, cells: Layout,
    weights: Weights = NO_WEIGHTS,
) -> bool:  # fmt: skip
    """Whether a tensor responds to a change in an earlier one in the same place.

    Args:
        photos: The input tensor of a graph of constants, float32 [N, h, w, c].
        known: The earlier tensor, float32 [N, rows, columns, K].
        layout: Where its cells lie.
        tensor: Another tensor [N, rows, columns, K], of any grid.
        cells: Where its cells are believed to lie.
        weights: Of the graph's placeholders.
    """
    places = [(row, column) for row in _some(cells[0]) for column in _some(cells[1])]
    squares = [
        tuple(
            _those_in(axis, into, cell)
            for axis, into, cell in zip(layout, cells, place, strict=True)
        )
        for place in places
    ]
    with photos.graph.as_default(), tf.compat.v1.Session(graph=photos.graph) as session:
        change = tf.reduce_sum(tf.abs(tensor - tensor[:1]), axis=-1)
        for scale in _SCALES:
            responses: Any = 0
            for seed in range(_GROUNDS):
                rng = np.random.default_rng(seed)
                photo = rng.normal(scale, scale, (1, *photos.shape[1:])).astype(np.float32)
                ground = session.run(known, {photos: photo, **weights})[0]
                step = 3 * (ground.std() or 1) * rng.choice([-1, 1], ground.shape[-1])
                found = []
                for start in range(0, len(squares), _BATCH):
                    batch = [ground.copy() for _ in (None, *squares[start : start + _BATCH])]
                    for changed, square in zip(
                        batch[1:], squares[start : start + _BATCH], strict=True
                    ):
                        changed[square] += step
                    same = photo.repeat(len(batch), axis=0)
                    given = {photos: same, known: np.stack(batch), **weights}
                    found.append(session.run(change, given)[1:])
                responses = responses + np.concatenate(found)
            if _share_right(responses, places) >= _RIGHT:
                return True
    return False


def _some(axis: Axis) -> list[int]:
    """Cells along an axis, spread over all of it."""
    return sorted({round(n * (axis.cells - 1) / (_TRIED - 1)) for n in range(_TRIED)})


def _those_in(axis: Axis, into: Axis, cell: int) -> slice:
    """The cells along an axis that lie in a cell of another one, or the one that it lies in."""
    begin = (into.begin + cell * into.step - axis.begin) / axis.step
    start = min(max(0, int(begin + 1e-6)), axis.cells - 1)
    return slice(start, max(start + 1, round(begin + into.step / axis.step)))


def _share_right(responses: NDArray[np.floating[Any]], places: Sequence[tuple[int, int]]) -> float:
    """The share of places whose own cell responds most, and at most half of an axis as much.

    Args:
        responses: [places, rows, columns].
        places: (row, column) of each.
    """
    right = 0
    for response, place in zip(responses, places, strict=True):
        enough = _AS_MUCH * response.max()
        alike = response >= enough
        local = all(
            length == 1 or alike.any(axis=1 - axis).sum() <= length / 2
            for axis, length in enumerate(response.shape)
        )
        right += bool(local and response[place] >= enough > 0)
    return right / len(places)
