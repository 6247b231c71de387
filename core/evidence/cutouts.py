"""Rice cut out of a photo, and the photo's place without it: to lay one photo's rice in another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evidence.conditions import scale_colors
from core.evidence.counterfactuals import remove_rice, replace_background
from core.evidence.masked_input import Floats, Pixels
from core.images.preprocess import Placement, fit
from core.segmentation.rice_mask import Rice

_GAINS = (0.25, 4.0)  # of a light, at least and at most


@dataclass(frozen=True, eq=False)
class CutOut:
    """A photo's rice and its place, as large as a model's input.

    Attributes:
        pixels: The photo, uint8 [h, w, 3].
        rice: How much of each pixel is rice, float32 [h, w], 0 to 1; what is mixed of rice and
            ground counts as ground, for it has the ground's colour in it.
        ground: The photo without its rice, uint8 [h, w, 3]; None where rice fills it.
    """

    pixels: Pixels
    rice: Floats
    ground: Pixels | None

    @property
    def color(self) -> Floats:
        """Mean colour of the rice, float32 [3], 1 at least: what the photo's light makes of it."""
        share = self.rice[..., None]
        return np.maximum(1, (self.pixels * share).sum(axis=(0, 1)) / max(float(share.sum()), 1e-6))


def cut_out(
    rgb: NDArray[np.uint8], found: Rice, placement: Placement, seed: int = 0
) -> CutOut | None:
    """Cut the rice out of a photo, as a model is shown it.

    Args:
        rgb: uint8 [H, W, 3], sRGB.
        found: Its rice, from `find_rice`.
        placement: Where it lies in the model's input.
        seed: Of the texture that takes the rice's place.

    Returns:
        None where the mask may not be relied on.
    """
    surely = np.clip(2 * found.likelihood - 1, 0, 1)
    if found.problem or not surely.any():
        return None
    white = np.repeat((255 * surely).round().astype(np.uint8)[..., None], 3, axis=2)
    pixels = fit(rgb, placement)
    rice = fit(white, placement)[..., 0].astype(np.float32) / np.float32(255)
    return CutOut(pixels, rice, remove_rice(pixels, rice, seed))


def lay_on(cut: CutOut, ground: Pixels, color: Floats | None = None) -> Pixels:
    """Lay rice on another ground, and in another light, if one is given.

    Args:
        cut: The rice.
        ground: uint8 [h, w, 3], as large.
        color: The mean colour that the rice is to have, float32 [3]: that of the rice which lay
            there before.

    Returns:
        uint8 [h, w, 3].

    Example:
        >>> red, blue = (np.full((2, 2, 3), c, np.uint8) for c in ((200, 0, 0), (0, 0, 200)))
        >>> left = np.array([[1, 0], [1, 0]], np.float32)
        >>> lay_on(CutOut(red, left, blue), blue)[0].tolist()
        [[200, 0, 0], [0, 0, 200]]
    """
    if color is None:
        return replace_background(cut.pixels, cut.rice, ground)
    gains = np.clip(color / cut.color, *_GAINS).astype(np.float32)
    return replace_background(scale_colors(cut.pixels, gains), cut.rice, ground)
