"""The photos that everything is measured on: real ones where they are at hand, else rendered."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.images.decode import PREVIEW, read_file
from core.images.preprocess import fit, place
from core.synthetic.scenes import LAYOUTS, VARIETIES, render_scene

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "piles"
GRAINS = REAL.with_name("grains")
TWELVE_MEGAPIXELS = (3024, 4032)  # height, width

Pixels = NDArray[np.uint8]


def sources(count: int) -> tuple[list[Pixels], str]:
    """Photos of some size, uint8 [H, W, 3] each, and what they are in words."""
    files = sorted(
        REAL.glob("*/*.jpg"), key=lambda file: hashlib.sha256(file.name.encode()).digest()
    )
    if files:
        chosen = [files[number % len(files)] for number in range(count)]
        return [read_file(file, longest=PREVIEW).rgb for file in chosen], "real photos of heaps"
    scenes = [
        render_scene(
            sorted(VARIETIES)[number % len(VARIETIES)],
            layout=sorted(LAYOUTS)[number % len(LAYOUTS)], height=360, width=480, seed=number,
        ).rgb
        for number in range(count)
    ]  # fmt: skip
    return scenes, "rendered scenes"


def at_input_size(count: int, size: tuple[int, int]) -> tuple[Pixels, str]:
    """Photos as a model is shown them: uint8 [count, h, w, 3]."""
    found, words = sources(count)
    return np.stack([fit(rgb, place(rgb.shape[:2], size, "squash")) for rgb in found]), words


def write_jpegs(folder: Path, count: int) -> str:
    """JPEGs of camera quality in the size that the photos have."""
    found, words = sources(count)
    for number, rgb in enumerate(found):
        Image.fromarray(rgb).save(folder / f"{number:03d}.jpg", "JPEG", quality=92)
    return words


def write_large_jpegs(folder: Path, count: int) -> str:
    """12-megapixel JPEGs of camera quality, with grain as a sensor leaves it."""
    found, words = sources(count)
    height, width = TWELVE_MEGAPIXELS
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 4, (height + count, width)).astype(np.float32)
    for number, rgb in enumerate(found):
        large = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
        large += noise[number : number + height, :, None]
        pixels = np.clip(large, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03d}.jpg", "JPEG", quality=92)
    return words


def grains(scratch: Path, count: int = 10_000) -> tuple[Path, str]:
    """A folder of small photos, and what they are in words; made in `scratch` without real ones."""
    if GRAINS.is_dir():
        return GRAINS, "real photos of single grains, 250 × 250 pixels"
    found, words = sources(min(count, 100))
    for number in range(count):
        small = cv2.resize(found[number % len(found)], (250, 250), interpolation=cv2.INTER_AREA)
        Image.fromarray(small).save(scratch / f"{number:05d}.jpg", "JPEG", quality=75)
    return scratch, f"{words}, 250 × 250 pixels"
