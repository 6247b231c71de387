"""Labelled cut-outs of grains, from the photos of the data set and from composed ones.

The composed ones are found in their photo by their outline, so that a model learns on outlines as
ragged as those that it will be shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.grain_counting.components import Piece, find_components
from core.grain_counting.cut_out import cut_out_piece
from core.segmentation.rice_mask import find_rice
from core.synthetic.composites import Composite, compose
from core.synthetic.grain_cutouts import (
    GrainCutout,
    list_grain_files,
    read_cutouts,
    read_grain_photo,
)
from core.synthetic.scenes import BACKGROUNDS
from core.training.dataset import LabelledImages
from core.utils.progress import Progress, silent

Pixels = NDArray[np.uint8]

VARIETIES: tuple[str, ...] = ("Arborio", "Basmati", "Ipsala", "Jasmine", "Karacadag")
"""The data set's."""

HELD_OUT_GROUNDS: tuple[str, ...] = ("wood", "blue cloth", "paper")
"""Grounds that no model is trained on: what it is worth on another ground is measured on them."""

TRAINING_GROUNDS: tuple[str, ...] = tuple(
    ground for ground in BACKGROUNDS if ground not in HELD_OUT_GROUNDS
)

_RICE = 60  # a pixel of the data set brighter than this in some colour is grain
_SIZE = (768, 1024)  # height, width of a composed photo
_LENGTHS = (45.0, 110.0)  # of its grains, pixels
_COUNTS = (30, 60)
_MOST = 500  # grains of a variety in memory
_OVERLAP = 0.7  # of a found grain with a true one, intersection over union, that it is this one
_SMALLEST = 0.3  # of the data set's size that its photos are also shown at


def cut_out_single_grains(
    files: Sequence[tuple[str, Path]],
    side: int,
    rng: np.random.Generator | None,
    progress: Progress = silent,
) -> LabelledImages:
    """Grains cut out of the data set's photos.

    Args:
        files: From `list_grain_files`.
        side: Of a cut-out in pixels.
        rng: Draws for each photo by how much it is made smaller first, as if from farther away;
            None to leave them as they are.
        progress: Wraps what takes long; given what is being done.

    Raises:
        TrainingError: If a file is no photo of a grain on black.
    """
    pixels = []
    for _, file in progress(files, "cutting out"):
        rgb = read_grain_photo(file)
        if rng is not None:
            scale = float(rng.uniform(_SMALLEST, 1))
            rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pieces = find_components(rgb, rgb.max(axis=2) > _RICE)
        pixels.append(cut_out_piece(rgb, max(pieces, key=lambda piece: piece.area), side))
    return LabelledImages(
        np.stack(pixels), np.array([VARIETIES.index(variety) for variety, _ in files])
    )


def read_grain_stock(folder: Path, split: str) -> list[GrainCutout]:
    """The grains that a split's photos are composed of.

    Raises:
        TrainingError: As `list_grain_files`.
    """
    files = list_grain_files(folder, VARIETIES, split)
    own = ([each for each in files if each[0] == variety] for variety in VARIETIES)
    return read_cutouts([each for some in own for each in some[:: 1 + (len(some) - 1) // _MOST]])


def compose_photo(
    stock: Sequence[GrainCutout],
    grounds: Sequence[str],
    seed: Sequence[int],
    layout: str = "scattered",
) -> Composite:
    """A photo of grains of all varieties on one of some grounds; the seed decides on the rest."""
    rng = np.random.default_rng([*seed])
    return compose(
        stock,
        grounds[int(rng.integers(len(grounds)))],
        layout=layout,
        count=int(rng.integers(_COUNTS[0], _COUNTS[1] + 1)),
        length=float(rng.uniform(*_LENGTHS)),
        size=_SIZE,
        seed=int(rng.integers(2**31)),
    )


def cut_out_composed(
    stock: Sequence[GrainCutout],
    grounds: Sequence[str],
    count: int,
    side: int,
    seed: Sequence[int],
    progress: Progress = silent,
) -> LabelledImages:
    """Grains cut out of composed photos as they are found there.

    Args:
        stock: From `read_grain_stock`.
        grounds: Some of `scenes.BACKGROUNDS`.
        count: Photos.
        side: Of a cut-out in pixels.
        seed: Another gives other photos of the same grains.
        progress: Wraps what takes long; given what is being done.
    """
    pixels, labels = [], []
    for number in progress(range(count), "composing"):
        photo = compose_photo(stock, grounds, [*seed, number])
        for piece, variety in match_pieces(
            photo, find_components(photo.rgb, find_rice(photo.rgb).mask())
        ):
            if variety and not piece.at_edge:
                pixels.append(cut_out_piece(photo.rgb, piece, side))
                labels.append(VARIETIES.index(variety))
    return LabelledImages(np.stack(pixels), np.array(labels))


def match_pieces(photo: Composite, pieces: Sequence[Piece]) -> Iterator[tuple[Piece, str]]:
    """The variety of each piece that is one true grain; "" for any other."""
    areas = np.bincount(photo.labels.ravel())
    for piece in pieces:
        box = piece.box
        part = photo.labels[box.top : box.top + box.height, box.left : box.left + box.width]
        shared = np.bincount(part[piece.inside], minlength=len(areas))
        shared[0] = 0
        grain = int(shared.argmax())
        overlap = shared[grain] / (piece.area + areas[grain] - shared[grain])
        yield piece, photo.varieties[grain - 1] if grain and overlap >= _OVERLAP else ""
