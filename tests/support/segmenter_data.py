"""A folder to train the segmenter from, drawn: grains, grounds, other things, one masked photo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.training.grain_samples import VARIETIES
from tests.support.drawn_cutouts import write_folder

_COLOURS = {"slate_1": (40, 44, 50), "wood_1": (60, 90, 140), "wood_2": (70, 100, 150)}


def write_data(folder: Path) -> Path:
    """Ten grains a variety, three grounds of two sources, one other thing, two masked photos."""
    write_folder(folder / "grains", widths=dict(zip(VARIETIES, (80, 30, 64, 44, 96), strict=True)))
    for name, colour in _COLOURS.items():
        _write(folder / "backgrounds" / f"{name}.png", np.full((120, 160, 3), colour, np.uint8))
    _write(folder / "not_rice" / "fruit_1.png", np.full((120, 160, 3), (30, 40, 200), np.uint8))
    for name in ("bowl_1", "sheet_1"):
        photo, rice = np.full((120, 160, 3), 50, np.uint8), np.zeros((120, 160), np.uint8)
        photo[30:90, 40:120], rice[30:90, 40:120] = 210, 255
        _write(folder / "wild" / f"{name}.png", photo)
        _write(folder / "wild" / "masks" / f"{name}.png", rice)
    (folder / "piles" / "Ketan").mkdir(parents=True)
    return folder


def build_tiny_segmenter(arrays: Any = None) -> Any:
    """Sees the colour of every two by two pixels, nothing else."""
    import keras

    inputs = keras.Input((None, None, 3))
    seen = keras.layers.Rescaling(1 / 128, -1)(inputs)
    seen = keras.layers.Conv2D(12, 2, 2, activation="relu", name="stem_conv")(seen)
    return keras.Model(inputs, keras.layers.Conv2D(3, 1)(seen))


def _write(file: Path, pixels: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(file), pixels)
