"""Division of a large picture into blocks, so that conversions need little memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from PIL import Image

from core.images.size_limits import MAX_DRAWN

BLOCK = 1 << 21
"""Pixels of a picture that are converted at a time."""

_SUPPORT = 2  # pixels of the smaller picture on either side that Pillow's bicubic filter takes in

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


def blocks(size: tuple[int, int], scale: tuple[float, float] = (1, 1)) -> Iterator[Box]:
    """Boxes that cover a picture, near to square.

    Args:
        size: (width, height) of the picture.
        scale: Pixels, across and down, that one of its pixels is made from: a box stands for at
            most `BLOCK` of these, or is one pixel.

    Example:
        >>> list(blocks((40, 20), (100, 100)))  # doctest: +ELLIPSIS
        [(0, 0, 14, 14), (14, 0, 28, 14), (28, 0, 40, 14), (0, 14, 14, 20), ...]
    """
    wide = max(math.sqrt(BLOCK), BLOCK / (size[1] * scale[1]))
    across = min(size[0], max(1, int(wide / scale[0])))
    down = max(1, int(BLOCK / (across * scale[0] * scale[1])))
    for top in range(0, size[1], down):
        for left in range(0, size[0], across):
            yield left, top, min(size[0], left + across), min(size[1], top + down)


def resize_blocks(
    image: Image.Image,
    size: tuple[int, int],
    convert: Callable[[Image.Image], Image.Image] = lambda block: block,
) -> Iterator[tuple[Box, Image.Image]]:
    """A picture as `convert(image).resize(size, BICUBIC, reducing_gap=2)`, part by part.

    One of more than `MAX_DRAWN` pixels as with the filter BOX, the mean, which is twice as quick.

    Args:
        image: Decoded.
        size: (width, height) of the result, at most the picture's.
        convert: Changes the mode of a block, to one that can be resized.

    Yields:
        Where a part lies in the result, and the part.

    Example:
        >>> [(box, part)] = resize_blocks(Image.new("L", (40, 30)), (20, 15))
        >>> box, part.size
        ((0, 0, 20, 15), (20, 15))
    """
    scale = image.width / size[0], image.height / size[1]
    factors = max(1, int(scale[0] / 2)), max(1, int(scale[1] / 2))
    large = image.width * image.height > MAX_DRAWN
    resampling = Image.Resampling.BOX if large else Image.Resampling.BICUBIC
    for box in blocks(size, scale):
        left, right, first, last = _source(box[0], box[2], image.width, size[0], factors[0])
        top, bottom, upper, lower = _source(box[1], box[3], image.height, size[1], factors[1])
        part = convert(image.crop((left, top, right, bottom)))
        if max(factors) > 1:
            part = part.reduce(factors)
        shape = box[2] - box[0], box[3] - box[1]
        if part.size != shape:
            part = part.resize(shape, resampling, (first, upper, last, lower))
        yield box, part


def _source(
    start: int, end: int, full: int, length: int, factor: int
) -> tuple[int, int, float, float]:
    """Along an axis: from which to which pixel a part is made, and where it lies in these, reduced.

    With the pixels around it that the filter takes in, so that the parts have no seams.
    """
    if full == length:
        return start, end, 0, end - start
    scale = full / factor / length
    margin = math.ceil(_SUPPORT * max(1, scale)) + 1
    first = max(0, int(start * scale) - margin)
    last = min(math.ceil(full / factor), math.ceil(end * scale) + margin)
    begin, stop = start * scale - first, min(end * scale, full / factor) - first
    return first * factor, min(full, last * factor), begin, stop
