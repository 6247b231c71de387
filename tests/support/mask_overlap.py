"""How well a mask of rice overlaps the known rice of a photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.segmentation.rice_mask import Rice, find_rice
from tests.support.rice_photos import Shot


@dataclass(frozen=True)
class MaskOverlap:
    """One photo, what was found, and how well it overlaps."""

    shot: Shot
    rice: Rice
    overlap: float

    @property
    def confident(self) -> bool:
        """Whether the mask is said to be reliable."""
        return self.rice.problem == ""


def measure_overlap(shot: Shot) -> MaskOverlap:
    """Find the rice and compare: intersection over union, at the photo's full size."""
    rice = find_rice(shot.rgb)
    mask, true = rice.mask(), shot.labels > 0
    union = np.count_nonzero(mask | true)
    return MaskOverlap(shot, rice, np.count_nonzero(mask & true) / union if union else 1.0)
