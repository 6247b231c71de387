"""Blocks cover a picture once, whatever its shape, and have no seams when it is resized."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from core.images import blocks as module
from core.images.blocks import blocks, resize_blocks


@pytest.mark.parametrize("size", [(1, 1), (1024, 1024), (2500, 1300), (3_000_000, 1), (7, 5000)])
@pytest.mark.parametrize("scale", [(1, 1), (3.7, 5.1), (1464.5, 1)])
def test_each_pixel_is_in_one_block_and_each_block_is_bounded(
    size: tuple[int, int], scale: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 1 << 20)
    covered = np.zeros(size[::-1], np.uint8)
    for left, top, right, bottom in blocks(size, scale):
        covered[top:bottom, left:right] += 1
        pixels = (right - left) * scale[0] * (bottom - top) * scale[1]
        assert pixels <= 1 << 20 or (right - left) * (bottom - top) == 1
    assert (covered == 1).all()


@pytest.mark.parametrize("pixels", [1 << 12, 1 << 15])
@pytest.mark.parametrize("resampling", [Image.Resampling.BICUBIC, Image.Resampling.BOX])
@pytest.mark.parametrize(
    ("full", "size"),
    [
        ((301, 199), (301, 199)),
        ((301, 199), (150, 99)),
        ((1000, 700), (97, 68)),
        ((640, 480), (639, 480)),
        ((20_000, 1), (37, 1)),
        ((1, 20_000), (1, 1)),
    ],
)
def test_blocks_make_the_picture_that_is_resized_at_once(
    full: tuple[int, int],
    size: tuple[int, int],
    resampling: Image.Resampling,
    pixels: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BLOCK", pixels)
    if resampling == Image.Resampling.BOX:  # of large pictures
        monkeypatch.setattr(module, "MAX_DRAWN", math.prod(full) - 1)
    coarse = np.random.default_rng(3).integers(0, 256, (9, 12, 3), np.uint8)
    image = Image.fromarray(coarse).resize(full, Image.Resampling.BICUBIC)
    joined = np.zeros((size[1], size[0], 3), np.uint8)
    count = 0
    for (left, top, right, bottom), part in resize_blocks(image, size):
        joined[top:bottom, left:right] = np.asarray(part)
        count += 1
    assert count >= min(math.prod(size), math.prod(full) // pixels)
    whole = image.resize(size, resampling, reducing_gap=2)
    np.testing.assert_allclose(joined.astype(int), np.asarray(whole), atol=1)


def test_a_block_is_converted_before_it_is_resized() -> None:
    image = Image.new("P", (40, 40), 0)
    image.putpalette([10, 20, 30])
    [(_, part)] = resize_blocks(image, (20, 20), lambda block: block.convert("RGB"))
    assert part.mode == "RGB"
    assert part.getpixel((3, 3)) == (10, 20, 30)
