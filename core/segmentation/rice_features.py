"""Features of colour regions that may be rice: colours, border, edges, pieces.

A photo is reduced to twelve colours. Rice is some of them: one of 4,094 subsets. By these
features `rice_mask` scores them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

PALETTE_SIZE = 12
# Every way to call some of the colours rice: bool [4094, 12]. None of them and all are no ways.
SUBSETS = (np.arange(1, 2**PALETTE_SIZE - 1)[:, None] >> np.arange(PALETTE_SIZE) & 1).astype(bool)
_INSIDE = SUBSETS.astype(float)

COLOR_FEATURES = (
    "area",  # squared logarithm of its share of the photo: neither nothing nor everything
    "border",  # how much of the photo's rim it takes
    "corner",  # how much of the corners
    "edge",  # how strong the edges along its outline are
    "explained",  # how much of all edges is its outline
    "busy",  # how strong the edges within it are, logarithm
    "busy else",  # within the rest
    "outline",  # how long the outline is for the area
    "contrast",  # how far its mean colour is from the rest's, for how much its own varies
    "hue",  # how far in colour alone
    "darker",  # than the rest, by how much
    "shadow",  # darker with the same colour
    "dark",  # in itself
    "chroma",  # more colour than rice has, even under a warm light
    "foreign",  # green, red or blue: rice is white to yellow, whatever the light
    "lightness spread",  # within it
    "colour spread",  # within it
    "colour spread else",  # within the rest
)
SHAPE_FEATURES = (
    "pieces",  # logarithm of their number
    "solid",  # how convex they are
    "hole solid",  # how convex its holes are: grains, where the ground was taken for rice
    "dust",  # how much of it is too small to be a piece
    "rectangle",  # how much they fill a rectangle: shadows of phones, planks, cards
    "long",  # how much longer than wide they are
)

_SAMPLE = 4000  # pixels that the colours are found from
_LAB = np.array([0.7, 1, 1], np.float32)  # lightness counts for less: shadows change it


@dataclass(frozen=True)
class Palette:
    """A photo reduced to a few colours.

    Attributes:
        lab: The photo in CIE L*a*b*, float32 [H, W, 3].
        index: Which colour a pixel has, int32 [H, W], 0 to `PALETTE_SIZE` - 1.
    """

    lab: NDArray[np.float32]
    index: NDArray[np.int32]


def reduce_colors(rgb: NDArray[np.uint8]) -> Palette:
    """Reduce a photo to `PALETTE_SIZE` colours by k-means in L*a*b*; the same for the same photo.

    Example:
        >>> half = np.zeros((20, 30, 3), np.uint8)
        >>> half[:, 15:] = 200
        >>> left, right = reduce_colors(half).index[0, [0, -1]]
        >>> bool(left == right)
        False
    """
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    pixels = (lab * _LAB).reshape(-1, 3)
    some = pixels[:: max(1, len(pixels) // _SAMPLE)]
    # Started from colours far apart: a single small grain must not share one with its table.
    chosen = [some.mean(axis=0)]
    far = np.full(len(some), np.inf, np.float32)
    for _ in range(PALETTE_SIZE):
        far = np.minimum(far, ((some - chosen[-1]) ** 2).sum(axis=1))
        chosen.append(some[far.argmax()])
    first = _nearest_center(some, np.array(chosen[1:]))
    stop = (cv2.TERM_CRITERIA_MAX_ITER | cv2.TERM_CRITERIA_EPS, 12, 0.5)
    if len(some) >= PALETTE_SIZE:
        _, _, centres = cv2.kmeans(
            some, PALETTE_SIZE, first[:, None], stop, 1, cv2.KMEANS_USE_INITIAL_LABELS
        )
    else:
        centres = np.array(chosen[1:])
    return Palette(lab, _nearest_center(pixels, centres).reshape(lab.shape[:2]))


def color_features(photo: Palette) -> Floats:
    """`COLOR_FEATURES` of each of `SUBSETS`, float64 [4094, 18]."""
    index = photo.index
    flat = index.ravel()
    lightness, a, b = cv2.split(photo.lab)
    columns = (lightness, a, b, cv2.magnitude(a, b), lightness**2, a**2 + b**2)
    sums = np.stack([_counts(flat, each.ravel()) for each in columns], axis=1)
    count = _counts(flat)
    edge = _edge_strength(photo)
    touching, strength = _adjacency(photo.index, edge)
    busy = _counts(flat, edge.ravel())
    inside, outside = _INSIDE, 1 - _INSIDE
    pixels = inside @ count
    area = pixels / flat.size
    own, own_lightness_spread, own_colour_spread = _moments(inside @ sums, pixels)
    rest, _, rest_colour_spread = _moments(outside @ sums, flat.size - pixels)
    lighter = own[:, 0] - rest[:, 0]
    hue = np.hypot(own[:, 1] - rest[:, 1], own[:, 2] - rest[:, 2])
    # A shadow takes lightness and colour away alike.
    tone = own[:, 1:3] / (own[:, :1] + 10) - rest[:, 1:3] / (rest[:, :1] + 10)
    cut = ((inside @ touching) * outside).sum(axis=1)
    cut_strength = ((inside @ strength) * outside).sum(axis=1)
    mean_strength = cut_strength / np.maximum(cut, 1)
    rim, corners = _rim(index)
    return np.stack(
        [
            np.log(area + 0.003) ** 2,
            inside @ _counts(rim) / rim.size,
            inside @ _counts(corners) / corners.size,
            mean_strength / (mean_strength + 10),
            cut_strength / max(float(np.triu(strength, 1).sum()), 1.0),
            np.log1p(inside @ busy / np.maximum(pixels, 1)),
            np.log1p(outside @ busy / np.maximum(flat.size - pixels, 1)),
            np.sqrt(cut / flat.size / np.sqrt(area * (1 - area) + 0.001)),
            np.log((np.hypot(lighter, hue) + 3) / (own_lightness_spread + own_colour_spread + 5)),
            hue / (hue + 10),
            np.minimum(lighter, 0) / 20,
            np.tanh(np.maximum(-lighter, 0) / 20) * np.exp(-8 * np.hypot(*tone.T)),
            np.maximum(40 - own[:, 0], 0) / 20,
            np.maximum(own[:, 3] - 20, 0) / 10,
            (np.maximum(np.abs(own[:, 1]) - 8, 0) + np.maximum(-own[:, 2] - 10, 0)) / 10,
            own_lightness_spread / 10,
            np.sqrt(own_colour_spread / 10),
            np.sqrt(rest_colour_spread / 10),
        ],
        axis=1,
    )


def shape_features(mask: NDArray[np.bool_]) -> list[float]:
    """`SHAPE_FEATURES` of a mask, bool [H, W]."""
    found, tree = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    least = max(12.0, 2e-4 * mask.size)
    dust = 0.0
    pieces, holes = [(1.0, 0.0, 0.0, 1.0)], []
    for outline, parent in zip(found, tree[0, :, 3].tolist() if found else (), strict=True):
        area = cv2.contourArea(outline) + (parent < 0)
        if area < least:
            dust += area * (parent < 0)
            continue
        convex = min(1.0, area / max(cv2.contourArea(cv2.convexHull(outline)), 1.0))
        if parent >= 0:
            holes.append(convex)
            continue
        wide, high = (side + 1 for side in cv2.minAreaRect(outline)[1])
        pieces.append((area, convex, area / (wide * high), max(wide / high, high / wide)))
    areas, solid, filled, long = np.array(pieces[1:] or pieces).T
    total = areas.sum()
    return [
        float(np.log1p(len(pieces) - 1)),
        float((areas * solid).sum() / total) ** 2,
        float(np.mean(holes)) if holes else 0.0,
        float(np.sqrt(dust / (dust + total))),
        5 * float((areas * np.maximum(filled - 0.82, 0)).sum() / total),
        float(np.log((areas * long).sum() / total + 1)),
    ]


def _nearest_center(pixels: Floats, centres: Floats) -> NDArray[np.int32]:
    """The nearest centre of each pixel, int32 [N]."""
    distance = (-2 * centres) @ pixels.T
    distance += (centres**2).sum(axis=1)[:, None]
    least = distance.min(axis=0)
    nearest = np.zeros(len(pixels), np.int32)
    for colour, own in enumerate(distance):  # quicker than argmin over so few
        nearest[own == least] = colour
    return nearest


def _counts(index: NDArray[np.int32], weights: Floats | None = None) -> Floats:
    """Sum over the pixels of each colour, [12]."""
    return np.bincount(index, weights, minlength=PALETTE_SIZE).astype(float)


def _moments(sums: Floats, pixels: Floats) -> tuple[Floats, Floats, Floats]:
    """Means [N, 6], and how much lightness and colour vary, [N] each."""
    mean = sums / np.maximum(pixels, 1)[:, None]
    lightness = mean[:, 4] - mean[:, 0] ** 2
    colour = mean[:, 5] - mean[:, 1] ** 2 - mean[:, 2] ** 2
    return mean, np.sqrt(np.maximum(lightness, 0)), np.sqrt(np.maximum(colour, 0))


def _rim(index: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The colours of the pixels along the border, and of those in the corners."""
    width = max(1, round(0.02 * max(index.shape)))
    border = np.ones(index.shape, bool)
    border[width:-width, width:-width] = False
    high, wide = (max(1, side // 12) for side in index.shape)
    corners = [index[y, x] for y in np.s_[:high, -high:] for x in np.s_[:wide, -wide:]]
    return index[border], np.concatenate([corner.ravel() for corner in corners])


def _edge_strength(photo: Palette) -> Floats:
    """How fast the colour changes at each pixel, float32 [H, W]; 0 along the border."""
    smooth = cv2.GaussianBlur(photo.lab * _LAB, (0, 0), 0.8)
    strength = np.zeros(photo.index.shape, np.float32)
    strength[:, 1:-1] += ((smooth[:, 2:] - smooth[:, :-2]) ** 2).sum(axis=2)
    strength[1:-1] += ((smooth[2:] - smooth[:-2]) ** 2).sum(axis=2)
    return np.sqrt(strength)


def _adjacency(index: NDArray[np.int32], strength: Floats) -> tuple[Floats, Floats]:
    """How often two colours are neighbours, and how strong the edges are there in all: [12, 12]."""
    touching, total = np.zeros((2, PALETTE_SIZE**2))
    for here, there in (np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:]):
        pair = (index[here] * PALETTE_SIZE + index[there]).ravel()
        edge = np.maximum(strength[here], strength[there]).ravel()
        touching += np.bincount(pair, minlength=PALETTE_SIZE**2)
        total += np.bincount(pair, edge, minlength=PALETTE_SIZE**2)
    touching, total = touching.reshape(-1, PALETTE_SIZE), total.reshape(-1, PALETTE_SIZE)
    return touching + touching.T, total + total.T
