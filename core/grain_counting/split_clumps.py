"""Splits clumps of touching grains: cut too often, then merged to what is most like grains."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.grain_counting.classify_pieces import TypicalGrain
from core.grain_counting.components import Piece, find_boxes, measure_regions
from core.grain_counting.merge_parts import is_grain, merge_parts
from core.segmentation.watershed import label_grains

Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
Floats = NDArray[np.float32]

_WIDTH = 20.0  # pixels of a grain in the view that clumps are split in
_SCALES = 0.25, 2.5  # of the view, from and to
_ACROSS = 0.35  # of a grain's width: a seam is narrower
_SEAM, _NECK = 0.1, 0.05  # light that is lacking, in log, and the neck to cut at, as `label_grains`
_DEPTH = 0.15  # typical widths: a notch that is deeper is cut at
_ROUND = 0.6  # typical widths: how much outline a cut must leave on both sides


def split_clumps(
    rgb: NDArray[np.uint8], pieces: Sequence[Piece], typical: TypicalGrain
) -> list[Piece]:
    """Split the pieces that are no single grain by their shape, where that leaves single grains.

    Where two grains touch, their common outline has a neck or a notch, and one's shadow lies on the
    other: a seam darker than both (the black top hat of Meyer 1979). A clump is cut wherever any of
    these is, even slightly; then `merge_parts` puts together what makes a better grain.

    Args:
        rgb: The photo, uint8 [H, W, 3].
        pieces: Connected pieces of it.
        typical: Its typical grain.

    Returns:
        The pieces, new ones in place of those that were split; none is classified.
    """
    scale = float(np.clip(_WIDTH / typical.width, *_SCALES))
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    view = np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    seen = TypicalGrain(typical.area * scale**2, typical.length * scale, typical.width * scale)
    dark = _darker_than_around(view, seen.width)
    found: list[Piece] = []
    for piece in pieces:
        if is_grain(piece, typical):
            found.append(piece)
            continue
        # Ground around, also where the piece fills its box.
        inside = np.pad(_smooth(piece.inside, scale), 1)
        top, left = (round(edge * scale) for edge in (piece.box.top, piece.box.left))
        own = dark[top : top + inside.shape[0] - 2, left : left + inside.shape[1] - 2]
        own = np.pad(
            own, [(1, wide - have - 1) for wide, have in zip(inside.shape, own.shape, strict=True)]
        )
        parts = merge_parts(_cut(inside, own, seen.width), own, seen)[1:-1, 1:-1]
        found += measure_regions(
            _grown(_shrunk(parts, piece.inside), piece.inside),
            (piece.box.top, piece.box.left),
            rgb.shape[:2],
        )
    return found


def _darker_than_around(rgb: NDArray[np.uint8], width: float) -> Floats:
    """How much light a pixel lacks to what is on both its sides, in log, float32 [H, W]."""
    light = np.log(cv2.GaussianBlur(rgb.mean(axis=2).astype(np.float32), (0, 0), 0.8) + 5)
    across = max(3, int(_ACROSS * width) | 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (across, across))
    return cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, disc)


def _smooth(inside: Mask, scale: float) -> Mask:
    """A piece in another size, without the steps of its pixels where it grows."""
    share = cv2.resize(
        inside.astype(np.float32), None, fx=scale, fy=scale,
        interpolation=cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA,
    )  # fmt: skip
    return np.asarray(cv2.GaussianBlur(share, (0, 0), 0.6 * scale) if scale > 1 else share) > 0.5


def _shrunk(labels: Labels, inside: Mask) -> Labels:
    """Labels in the size of a piece, numbered from 1 to k."""
    size = inside.shape[1], inside.shape[0]
    found = cv2.resize(labels.astype(np.float32), size, interpolation=cv2.INTER_NEAREST) * inside
    left, numbered = np.unique(found, return_inverse=True)
    return (numbered.reshape(found.shape) + (left[0] > 0)).astype(np.int32)


def _cut(inside: Mask, dark: Floats, width: float) -> Labels:
    """Cut a piece at seams, necks and notches, however slight: int32 [h, w], 1 to k."""
    seamed = _grown(label_grains(inside & (dark < _SEAM), _NECK), inside)
    waiting = [
        (seamed[box.top : box.top + box.height, box.left : box.left + box.width] == number, box)
        for number, box in enumerate(find_boxes(seamed), 1)
    ]
    labels, count = np.zeros(inside.shape, np.int32), 0
    while waiting:
        own, box = waiting.pop()
        parts = _cut_at_notch(own, width)
        if parts is None:
            count += 1
            labels[box.top : box.top + box.height, box.left : box.left + box.width][own] = count
        else:
            waiting += [(parts == number, box) for number in range(1, parts.max() + 1)]
    return labels


def _cut_at_notch(own: Mask, width: float) -> Labels | None:
    """Cut a part from its deepest notch to where that is shortest; None without a deep one."""
    lines, _ = cv2.findContours(own.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(lines, key=len)
    corners = np.sort(cv2.convexHull(outline, returnPoints=False), axis=0)
    defects = cv2.convexityDefects(outline, corners) if len(corners) > 3 else None
    if defects is None or not len(defects):
        return None
    _, _, notch, depth = max(defects.reshape(-1, 4), key=lambda each: each[3])
    if depth / 256 < _DEPTH * width:  # OpenCV counts in 256ths of a pixel
        return None
    points = outline.reshape(-1, 2)
    along = np.abs(np.arange(len(points)) - notch)
    along = np.minimum(along, len(points) - along)
    way = np.hypot(*(points - points[notch]).T) / np.maximum(along, 1)
    end = int(np.where(along < _ROUND * width, np.inf, way).argmin())
    open_ = own.astype(np.uint8)
    cv2.line(open_, points[notch].tolist(), points[end].tolist(), 0, 1)
    count, parts = cv2.connectedComponents(open_, connectivity=4)
    return _grown(parts, own) if count > 2 else None


def _grown(labels: Labels, inside: Mask) -> Labels:
    """Each pixel of a piece as the nearest that is labelled; 1 where none is."""
    if not labels.any():
        return inside.astype(np.int32)
    _, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of = np.zeros(nearest.max() + 1, np.int32)
    of[nearest[labels > 0]] = labels[labels > 0]
    return of[nearest] * inside
