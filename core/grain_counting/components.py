"""Connected components of a rice mask: position, area, orientation of each."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.grain_counting.outline import refine_outline
from core.images.preprocess import Box
from core.segmentation.watershed import label_grains

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Piece:
    """A connected piece of rice that was not split any further.

    Attributes:
        box: Where it lies in the photo as decoded.
        inside: Which pixels of the box are its, bool [h, w].
        angle: Direction of its long axis in radians, from right towards down.
        length, width: Along that axis and across it, in pixels of the photo as decoded.
        solidity: Its share of its convex hull.
        at_edge: Whether the photo's edge cuts it.
        problem: "" for a single grain, or one of `classify_pieces.PROBLEMS`, which sets it, or
            `broken.BROKEN`.
        count: How many grains it is: more than one only where they could not be separated, by area.
    """

    box: Box
    inside: Mask
    angle: float
    length: float
    width: float
    solidity: float
    at_edge: bool
    problem: str = ""
    count: int = 1

    @property
    def area(self) -> int:
        """In pixels of the photo as decoded."""
        return int(self.inside.sum())

    @property
    def place(self) -> tuple[slice, slice]:
        """The box as rows and columns of a picture."""
        box = self.box
        return np.s_[box.top : box.top + box.height, box.left : box.left + box.width]


def find_components(rgb: Pixels, mask: Mask) -> list[Piece]:
    """Split a mask of rice into grains, from top to bottom.

    Args:
        rgb: uint8 [H, W, 3].
        mask: Roughly, which pixels are rice: bool [H, W].
    """
    return measure_regions(label_grains(refine_outline(rgb, mask)))


def measure_regions(
    labels: NDArray[np.int32],
    at: tuple[int, int] = (0, 0),
    photo: tuple[int, int] | None = None,
) -> list[Piece]:
    """Measure each labelled region as a piece.

    Args:
        labels: int32 [h, w]: 0 is ground, 1 to k the pieces.
        at: Where in the photo, (top, left), the labels begin.
        photo: (height, width) of the photo; None if the labels are all of it.
    """
    return [
        _piece(labels, number, box, at, photo or labels.shape)
        for number, box in enumerate(find_boxes(labels), 1)
    ]


def find_boxes(labels: NDArray[np.int32]) -> list[Box]:
    """Find the box around each labelled region, of labels as `measure_regions` takes them."""
    rows, columns = np.nonzero(labels)
    numbers = labels[rows, columns]
    count = int(labels.max())
    top, left = (np.full(count + 1, max(labels.shape)) for _ in range(2))
    bottom, right = np.zeros((2, count + 1), int)
    np.minimum.at(top, numbers, rows)
    np.minimum.at(left, numbers, columns)
    np.maximum.at(bottom, numbers, rows)
    np.maximum.at(right, numbers, columns)
    return [
        Box(int(top[n]), int(left[n]), int(bottom[n] - top[n]) + 1, int(right[n] - left[n]) + 1)
        for n in range(1, count + 1)
    ]


def _piece(
    labels: NDArray[np.int32], number: int, box: Box, at: tuple[int, int], photo: tuple[int, ...]
) -> Piece:
    inside = labels[box.top : box.top + box.height, box.left : box.left + box.width] == number
    rows, columns = np.nonzero(inside)
    across, down = columns - columns.mean(), rows - rows.mean()
    angle = 0.5 * np.arctan2(2 * (across * down).mean(), (across**2).mean() - (down**2).mean())
    length = np.ptp(across * np.cos(angle) + down * np.sin(angle)) + 1
    width = np.ptp(down * np.cos(angle) - across * np.sin(angle)) + 1
    outline = np.concatenate(
        cv2.findContours(inside.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    )
    # Of pixels as squares, not as points: a hull through their middles lacks half a pixel.
    hull = cv2.convexHull(outline)
    hull_area = cv2.contourArea(hull) + cv2.arcLength(hull, True) / 2 + 1
    box = Box(box.top + at[0], box.left + at[1], box.height, box.width)
    at_edge = (
        box.top == 0 or box.left == 0
        or box.top + box.height == photo[0] or box.left + box.width == photo[1]
    )  # fmt: skip
    solidity = min(1.0, float(inside.sum() / hull_area))
    return Piece(box, inside, float(angle), float(length), float(width), solidity, at_edge)
