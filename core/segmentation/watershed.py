"""Watershed of a rice mask: labels touching grains."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

NECK = 0.12  # how much narrower than both grains the place must be where two grains meet
_LEVELS = 24  # at which the flooding stops
_LEAST = 4.0  # pixels of a grain
_SQUARE = np.ones((3, 3), np.uint8)


def label_grains(mask: NDArray[np.bool_], neck: float = NECK) -> NDArray[np.int32]:
    """Label single grains: watershed of the distance to the background.

    Meyer and Beucher 1990, "Morphological segmentation", on the distance transform. A grain begins
    where the distance has a summit from which one has to go down by more than 12 percent to reach
    a higher one; the rest of the mask is flooded from these summits, the thickest places first.

    It cannot part grains that lie upon each other or whose common outline has no neck, and
    may part a grain that is broken or waisted: a count is an estimate. In a heap it means nothing.

    Args:
        mask: bool [H, W].
        neck: Another than these 12 percent, as a logarithm: less parts more.

    Returns:
        int32 [H, W]: 0 is background, k the k-th grain. Specks of less than a tenth of the
        median grain are not counted, nor labelled.

    Example:
        >>> mask = np.zeros((40, 80), np.uint8)
        >>> for x in (22, 56):  # end to end, just touching
        ...     _ = cv2.ellipse(mask, (x, 20), (18, 7), 0, 0, 360, 1, -1)
        >>> int(label_grains(mask > 0).max())
        2
    """
    # The photo's border cuts grains, it does not thin them.
    inside = np.pad(mask.astype(np.uint8), 1, "edge")
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    distance = np.minimum(distance, max(mask.shape))  # without any background it is endless
    # A ragged outline makes ragged distances.
    distance = cv2.GaussianBlur(distance, (0, 0), 1.0) * inside
    labels = _split_pieces(inside, distance, neck)[1:-1, 1:-1]
    area = np.bincount(labels.ravel())
    if area.size < 2:
        return labels
    kept = area >= max(_LEAST, 0.1 * float(np.median(area[1:])))
    kept[0] = False
    return (np.cumsum(kept) * kept).astype(np.int32)[labels]


def _split_pieces(
    inside: NDArray[np.uint8], distance: NDArray[np.float32], neck: float
) -> NDArray[np.int32]:
    """Each connected piece by itself, in its own small frame: what is far away says nothing."""
    count, pieces, table, _ = cv2.connectedComponentsWithStats(inside, connectivity=8)
    labels, last = np.zeros(inside.shape, np.int32), 0
    for piece in range(1, count):
        left, top, wide, high, area = table[piece]
        if area < _LEAST:
            continue
        # One pixel of background around; at the photo's border there may be none.
        frame = np.s_[max(top - 1, 0) : top + high + 1, max(left - 1, 0) : left + wide + 1]
        own = pieces[frame] == piece
        near = np.pad(distance[frame] * own, 1)
        found = _flood(_markers(near, neck), near)[1:-1, 1:-1]
        labels[frame] += np.where(own & (found > 0), found + last, 0).astype(np.int32)
        last += int(found.max())
    return labels


def _markers(distance: NDArray[np.float32], neck: float) -> NDArray[np.int32]:
    """Where each grain is thickest, labelled: h-maxima of the logarithm, by reconstruction."""
    height = np.log(np.maximum(distance, 0.5))
    lowered = height - np.float32(neck)
    while True:
        raised = np.minimum(cv2.dilate(lowered, _SQUARE), height)
        if np.array_equal(raised, lowered):
            break
        lowered = raised
    above = np.where(distance > 0, height - lowered, 0)
    count, labels = cv2.connectedComponents((above > 1e-5).astype(np.uint8), connectivity=8)
    top = np.zeros(count, np.float32)
    np.maximum.at(top, labels.ravel(), above.ravel())
    real = top > neck - 1e-3
    real[0] = False
    return (np.cumsum(real) * real).astype(np.int32)[labels]


def _flood(labels: NDArray[np.int32], distance: NDArray[np.float32]) -> NDArray[np.int32]:
    """Each label grown over what is lower, down to the edge of the mask.

    Args:
        labels: int32 [h, w]; where pixels of several labels come at once, the highest has it.
        distance: float32 [h, w]; 0 all around.
    """
    if labels.max() <= 1:  # a grain by itself: all that hangs together with its summit
        _, parts = cv2.connectedComponents((distance > 0).astype(np.uint8), connectivity=4)
        return np.isin(parts, np.unique(parts[labels > 0])).astype(np.int32)
    grown, depth = labels.ravel().copy(), distance.ravel().astype(float)
    levels = np.linspace(depth.max(), 0, _LEVELS + 1)[1:]
    # How many of the lowest levels a pixel lies above: those at which it is free.
    above = np.searchsorted(levels[::-1], depth) * (grown == 0)
    order = np.argsort(-above, kind="stable")
    begin = np.searchsorted(-above[order], np.arange(-_LEVELS, 1))
    around = np.array([-labels.shape[1], -1, 1, labels.shape[1]])
    free = np.zeros(grown.size, bool)
    for first, last in pairwise(begin):
        reached = order[first:last]
        free[reached] = True
        reached = reached[grown[reached[:, None] + around].any(axis=1)]
        while reached.size:  # only what lies beside the last step is looked at
            grown[reached] = grown[reached[:, None] + around].max(axis=1)
            free[reached] = False
            beside = (reached[:, None] + around).ravel()
            reached = np.unique(beside[free[beside]])
    return grown.reshape(labels.shape)
