"""Localization: the share of heat on the rice, and the pointing game, compared with chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evidence.masked_input import Floats


@dataclass(frozen=True)
class Localization:
    """How much of a map's positive heat lies on the rice.

    Attributes:
        share: Of the positive heat, what lies on rice, 0 to 1; None if there is none at all.
        chance: What it would be if the heat were spread evenly over the photo: the rice's share of
            the photo, on the map's own grid, 0 to 1.
        hottest: How much of the hottest cell is rice, 0 to 1; None likewise.
    """

    share: float | None
    chance: float
    hottest: float | None

    @property
    def hottest_on_rice(self) -> bool | None:
        """Whether the hottest cell holds at least as much rice as the photo does on average."""
        return None if self.hottest is None else self.hottest >= self.chance


def localize_heat(heat: Floats, shown: Floats, rice: Floats) -> Localization:
    """The share of the positive heat that lies on the rice.

    The share is that of the energy-based pointing game (Wang et al. 2020, "Score-CAM", arXiv
    1910.01279) with a mask in place of a box: `sum(heat * rice) / sum(heat * shown)`. The hottest
    cell is the pointing game (Zhang et al. 2016, "Top-down Neural Attention by Excitation
    Backprop", arXiv 1608.00507), for cells rather than pixels: a cell is rarely all rice, so it is
    compared with the photo's average.

    Within a cell nobody knows where the heat lies, so it counts as spread evenly. What lies in
    black bars around a photo is left out.

    It cannot show what the model uses: heat on the rice may be a tint of the light that lies over
    everything, and a large cell takes in background beside the rice. So it is read against
    `chance`, and next to the tests that ask the model itself.

    Args:
        heat: float32 [h, w], one class's map, signed.
        shown: float32 [h, w], how much of each cell shows the photo, 0 to 1.
        rice: float32 [h, w], how much of each cell is rice, 0 to `shown`.

    Example:
        >>> half = np.array([[1.0, 0.0]], np.float32)  # rice on the left
        >>> localize_heat(np.array([[3.0, 1.0]], np.float32), np.ones((1, 2), np.float32), half)
        Localization(share=0.75, chance=0.5, hottest=1.0)
    """
    chance = float(rice.sum() / shown.sum())
    positive = np.where(shown > 0, np.maximum(heat, 0), 0)
    total = float((positive * shown).sum())
    if total <= 0:
        return Localization(None, chance, None)
    top = int(positive.argmax())
    hottest = float(rice.flat[top] / shown.flat[top])
    return Localization(float((positive * rice).sum()) / total, chance, hottest)
