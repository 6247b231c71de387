"""Division of a large picture into blocks, so that conversions need little memory."""

from __future__ import annotations

from collections.abc import Iterator

_SIDE = 1024


def blocks(
    size: tuple[int, int], unit: tuple[int, int] = (1, 1)
) -> Iterator[tuple[int, int, int, int]]:
    """Boxes (left, top, right, bottom) that cover a picture, each of whole units.

    Example:
        >>> list(blocks((1500, 20), (500, 7)))
        [(0, 0, 1000, 20), (1000, 0, 1500, 20)]
    """
    across, down = (side * max(1, _SIDE // side) for side in unit)
    for top in range(0, size[1], down):
        for left in range(0, size[0], across):
            yield left, top, min(size[0], left + across), min(size[1], top + down)
