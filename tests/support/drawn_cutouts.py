"""Grains drawn for tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from core.synthetic.grain_cutouts import cut_out
from core.validation.shortcut_models.cases import VARIETIES

WIDTHS = dict(zip(VARIETIES, (32, 64, 96), strict=True))


def drawn(long: int, wide: int, turn: float, colour=(200, 210, 240)):
    """A photo as in the data set: an ellipse on near black."""
    photo = np.full((250, 250, 3), 2, np.uint8)
    cv2.ellipse(photo, (120, 130), (long // 2, wide // 2), turn, 0, 360, colour, -1)
    return photo


@cache
def stock():
    """Three grains of each planted variety."""
    return {
        variety: [cut_out(drawn(140, wide, turn), variety) for turn in (0, 40, 110)]
        for variety, wide in WIDTHS.items()
    }


def write_folder(folder: Path, each: int = 10, widths: Mapping[str, int] = WIDTHS) -> Path:
    """A data set of drawn grains: some photos of each variety, by its width."""
    for variety, wide in widths.items():
        (folder / variety).mkdir(parents=True)
        for number in range(each):
            photo = drawn(130 + number, wide, 17 * number)
            assert cv2.imwrite(str(folder / variety / f"{variety} ({number}).png"), photo)
    return folder
