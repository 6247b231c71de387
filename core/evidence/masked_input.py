"""A photo and its rice mask, both in the coordinates of the model's input."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.evidence.conditions import compress
from core.images.preprocess import Box, Placement, fit
from core.images.resize import shrink_to

_COMPRESSED = 512  # pixels of the longer side: what JPEG does to larger photos hardly shows

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class MaskedInput:
    """A photo and the mask of its rice, as the model takes them in.

    Attributes:
        pixels: uint8 [h, w, 3], the input before `normalize`.
        rice: float32 [h, w], how much of each pixel is rice, 0 to 1.
        photo_box: The part of the input that shows the photo; the rest is black.
        compressed: As `pixels`, of the photo saved as a small JPEG.
    """

    pixels: Pixels
    rice: Floats
    photo_box: Box
    compressed: Pixels

    @property
    def photo(self) -> Pixels:
        """The photo without black bars, uint8 [h', w', 3]."""
        return _crop(self.pixels, self.photo_box)

    @property
    def photo_rice(self) -> Floats:
        """How much of each pixel of `photo` is rice, float32 [h', w'], 0 to 1."""
        return _crop(self.rice, self.photo_box)

    def paste(self, photo: Pixels) -> Pixels:
        """The input with another photo of the same size in its place, uint8 [h, w, 3]."""
        whole = np.zeros_like(self.pixels)
        _crop(whole, self.photo_box)[:] = photo
        return whole

    def cell_shares(self, grid: tuple[int, int]) -> tuple[Floats, Floats]:
        """How much of each cell of a grid shows the photo, and how much is rice.

        Args:
            grid: (rows, columns) over the whole input.

        Returns:
            Two float32 [rows, columns], shares of the cell's area, 0 to 1; rice is never more than
            what is shown.
        """
        shown = np.zeros(self.rice.shape, np.float32)
        _crop(shown, self.photo_box)[:] = 1
        return cell_means(shown, grid), cell_means(self.rice, grid)


def to_model_input(rgb: Pixels, rice: Mask, placement: Placement) -> MaskedInput:
    """Bring a photo and the mask of its rice into the model's input.

    Args:
        rgb: uint8 [H, W, 3].
        rice: bool [H, W], of the same photo, at this size or another.
        placement: Where the photo lay in the input.

    Example:
        >>> from core.images.preprocess import place
        >>> left = np.array([[True, False]])
        >>> photo = np.full((2, 4, 3), 9, np.uint8)
        >>> found = to_model_input(photo, left, place((2, 4), (4, 4), "letterbox"))
        >>> found.cell_shares((2, 2))[1].tolist()
        [[0.5, 0.0], [0.5, 0.0]]
    """
    # Linear interpolation would blur the edges of a mask smaller than the input by half a pixel.
    way = cv2.INTER_NEAREST
    large = cv2.resize(rice.astype(np.uint8), rgb.shape[1::-1], interpolation=way) > 0
    return mask_input(rgb, fit(rgb, placement), large, placement)


def mask_input(rgb: Pixels, pixels: Pixels, rice: Mask, placement: Placement) -> MaskedInput:
    """Bring the mask of a photo's rice into the model's input, where the photo is already.

    Args:
        rgb: uint8 [H, W, 3].
        pixels: uint8 [h, w, 3], as `MaskedInput.pixels`.
        rice: bool [H, W], of the size at which the photo was brought into the input.
        placement: Where the photo lay in the input.

    Example:
        >>> from core.images.preprocess import place
        >>> white, half = np.full((2, 2, 3), 255, np.uint8), np.array([[True, False]])
        >>> mask_input(white, white, half, place((1, 2), (2, 2), "squash")).rice.tolist()
        [[1.0, 0.0], [1.0, 0.0]]
    """
    white = np.repeat(rice.astype(np.uint8)[..., None] * np.uint8(255), 3, axis=2)
    share = fit(white, placement)[..., 0].astype(np.float32) / np.float32(255)
    return MaskedInput(
        pixels, share, placement.target, fit(compress(shrink_to(rgb, _COMPRESSED)), placement)
    )


def cell_means(values: Floats, grid: tuple[int, int]) -> Floats:
    """Mean of an array in each cell of a grid over it, cells of equal area.

    Args:
        values: float32 [h, w].
        grid: (rows, columns).

    Returns:
        float32 [rows, columns].

    Example:
        >>> cell_means(np.array([[0, 1, 2], [0, 1, 2]], np.float32), (1, 2)).tolist()
        [[0.3333333432674408, 1.6666666269302368]]
    """
    rows, columns = (_overlaps(n, cells) for n, cells in zip(values.shape, grid, strict=True))
    return (rows @ values @ columns.T).astype(np.float32)


def _overlaps(length: int, cells: int) -> NDArray[np.float64]:
    """How much each pixel of an axis adds to a cell's mean, [cells, length]."""
    edges = np.arange(cells + 1) * length / cells
    pixels = np.arange(length)
    begins = np.maximum(edges[:-1, None], pixels)
    ends = np.minimum(edges[1:, None], pixels + 1)
    return np.maximum(0, ends - begins) * cells / length


def _crop(values: NDArray, box: Box) -> NDArray:  # type: ignore[type-arg]
    return values[box.top : box.top + box.height, box.left : box.left + box.width]
