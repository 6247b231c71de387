"""Merges the parts that a clump was cut into, as long as two neighbours make a better grain."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.grain_counting.classify_pieces import CRUMB, TypicalGrain
from core.grain_counting.components import Piece, find_boxes

Labels = NDArray[np.int32]

_NOTCH = 0.1  # typical areas: a hull that lacks more than this has a notch between two grains
_WIDE = 1.4  # typical widths: a grain is no wider
_SEAM = 0.6  # typical widths: what a pixel of a seam weighs, for how dark it is in log
_DARK = 0.5  # in log: darker counts for no more


class _Part(NamedTuple):
    """A part: its pixels, its hull's corners, and how much it is unlike a grain, in pixels."""

    area: int
    hull: NDArray[np.int32]
    unlike: float


def merge_parts(labels: Labels, dark: NDArray[np.float32], typical: TypicalGrain) -> Labels:
    """Merge neighbouring parts of a clump, the pair first that gains most.

    A grain is convex, no wider than others, and no crumb; what a part lacks to that is measured in
    pixels. Two parts are merged if the whole lacks less than both, a notch's worth added, as each
    further grain has to pay for itself; but not over a dark seam.

    Args:
        labels: int32 [h, w]: 0 is ground, 1 to k the parts.
        dark: How much light a pixel lacks to what is on both its sides, in log, float32 [h, w].
        typical: The photo's typical grain, in pixels of `labels`.

    Returns:
        int32 [h, w]: the remaining parts, renumbered from 0.
    """
    parts = {number: _part(*own, typical) for number, own in _outlines(labels).items()}
    seams = _seams(labels, dark)
    merged = np.arange(labels.max() + 1)
    around: dict[int, set[int]] = {number: set() for number in parts}
    for one, other in seams:
        around[one].add(other)
        around[other].add(one)

    def gain(one: int, other: int) -> tuple[float, _Part]:
        a, b = parts[one], parts[other]
        both = _part(a.area + b.area, np.concatenate([a.hull, b.hull]), typical)
        seam = _SEAM * typical.width * seams[one, other]
        return a.unlike + b.unlike - both.unlike + _NOTCH * typical.area - seam, both

    gains = {pair: gain(*pair) for pair in seams}
    queue = [(-value, pair) for pair, (value, _) in gains.items() if value > 0]
    heapify(queue)
    while queue:
        value, (one, other) = heappop(queue)
        if gains.get((one, other), (0.0, None))[0] != -value:
            continue  # of before one of them was merged
        parts[one] = gains.pop((one, other))[1]
        merged[merged == other] = one
        around[one].discard(other)
        for far in around.pop(other) - {one}:
            gains.pop(old := _pair(other, far))
            seams[_pair(one, far)] = seams.get(_pair(one, far), 0.0) + seams[old]
            around[far] = around[far] - {other} | {one}
            around[one].add(far)
        for far in around[one]:
            gains[_pair(one, far)] = new = gain(*_pair(one, far))
            if new[0] > 0:
                heappush(queue, (-new[0], _pair(one, far)))
    _, numbered = np.unique(merged, return_inverse=True)
    return numbered.astype(np.int32)[labels]


def is_grain(piece: Piece, typical: TypicalGrain) -> bool:
    """Whether a piece is a single grain by its shape: it has no notch, and is no wider."""
    lacking = piece.area / piece.solidity - piece.area
    return lacking < _NOTCH * typical.area and piece.width < _WIDE * typical.width


def _pair(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


def _part(area: int, points: NDArray[np.int32], typical: TypicalGrain) -> _Part:
    hull = cv2.convexHull(points)
    # Of pixels as squares, not as points: a hull through their middles lacks half a pixel.
    filled = cv2.contourArea(hull) + cv2.arcLength(hull, True) / 2 + 1
    width, length = sorted(side + 1 for side in cv2.minAreaRect(hull)[1])
    unlike = max(0.0, filled - area) + max(0.0, width - _WIDE * typical.width) * length
    return _Part(area, hull, unlike + (area if area < CRUMB * typical.width**2 else 0))


def _outlines(labels: Labels) -> dict[int, tuple[int, NDArray[np.int32]]]:
    """Pixels and outline of each part."""
    found = {}
    for number, box in enumerate(find_boxes(labels), 1):
        own = labels[box.top : box.top + box.height, box.left : box.left + box.width] == number
        lines, _ = cv2.findContours(
            own.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE,
            offset=(box.left, box.top),
        )  # fmt: skip
        found[number] = int(own.sum()), np.concatenate(lines)
    return found


def _seams(labels: Labels, dark: NDArray[np.float32]) -> dict[tuple[int, int], float]:
    """The pairs of parts that touch, and how dark all pixels between them are together."""
    size, pairs, depths = int(labels.max()) + 1, [], []
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        a, b = labels[one], labels[other]
        meet = (a != b) & (a > 0) & (b > 0)
        pairs.append(np.minimum(a, b)[meet].astype(np.int64) * size + np.maximum(a, b)[meet])
        depths.append(np.maximum(dark[one], dark[other])[meet])
    numbers, index = np.unique(np.concatenate(pairs), return_inverse=True)
    total = np.bincount(index, np.minimum(np.concatenate(depths), _DARK), len(numbers))
    return {divmod(int(n), size): float(t) for n, t in zip(numbers, total, strict=True)}
