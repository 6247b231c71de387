"""Photos to learn from which pixels are rice: grains on real and drawn grounds, and no rice.

A sample follows from its seed alone, so that a training resumes where it was and takes no disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.segmentation.rice_network import USUAL_LENGTH
from core.synthetic.camera import photograph
from core.synthetic.cloths import draw_cloth
from core.synthetic.composites import compose
from core.synthetic.distractors import cover_part, draw_ground_things
from core.synthetic.look_alikes import draw_rice_like
from core.synthetic.scenes import BACKGROUNDS, render_background
from core.synthetic.scenes.background import smooth_noise
from core.training.grain_variations import vary_grains
from core.training.segmentation_stock import MaskedPhoto, Stock

Pixels = NDArray[np.uint8]

SIDE = 256
"""Of a square sample, pixels."""

_CANVAS = 352  # a scene is made larger than the sample, so that grains are cut by its border
_UNKNOWN = -1.0
_KINDS = {"laid": 0.34, "heap": 0.1, "empty": 0.28, "real": 0.16, "served": 0.12}  # their shares
_LAYOUTS, _LAYOUT_SHARES = ("scattered", "touching", "single"), (0.4, 0.38, 0.22)


@dataclass(frozen=True)
class Sample:
    """What a network is shown, and what it is to say.

    Attributes:
        rgb: uint8 [S, S, 3].
        rice: float32 [S, S]: 1 is rice, 0 is not.
        core: float32 [S, S]: 0 at a grain's edge, 1 in its middle; -1 where nobody knows.
        length: log2 of a grain's length over `rice_network.USUAL_LENGTH`; NaN where nobody knows.
    """

    rgb: Pixels
    rice: NDArray[np.float32]
    core: NDArray[np.float32]
    length: float


def make_sample(stock: Stock, seed: int) -> Sample:
    """One sample, of a kind drawn from its seed: grains laid, a heap, no rice, real, or served.

    Args:
        stock: What to make it of.
        seed: The same gives the same.
    """
    rng = np.random.default_rng([seed, 7])
    shares = np.array([*_KINDS.values()]) * [1, 1, 1, bool(stock.masked), bool(stock.masked)]
    kind = str(rng.choice([*_KINDS], p=shares / shares.sum()))
    if kind == "real":
        return _real(_of_any_source(stock.masked, rng), rng)
    if kind == "served":
        return _served(stock, rng)
    if kind == "empty":
        return _empty(stock, rng)
    return _composed(stock, rng, heaped=kind == "heap")


def _composed(stock: Stock, rng: np.random.Generator, heaped: bool) -> Sample:
    ground = _ground(stock, rng)
    layout = "heap" if heaped else str(rng.choice(_LAYOUTS, p=_LAYOUT_SHARES))
    longest = 36 if rng.random() < 0.6 else 150
    if layout == "single":  # mostly taken from near by
        length = float(np.exp(rng.uniform(np.log(20), np.log(260))))
    else:
        length = float(np.exp(rng.uniform(np.log(6), np.log(longest))))
    most = None
    if heaped:
        length = max(length, 9.0)
        most = int(min(1000, 3.2 * (_CANVAS / length) ** 2 * rng.uniform(0.3, 1.6)))
    elif layout != "single" and rng.random() < 0.4:
        most = int(np.exp(rng.uniform(0, np.log(200))))
    grains = vary_grains(stock.grains, rng)
    seed = int(rng.integers(2**31))
    made = compose(grains, ground, layout=layout, count=most, length=length, seed=seed)
    core = _cores(made.labels)
    rgb, rice = made.rgb, made.mask
    if rng.random() < 0.4:
        rgb = _under_wide_light(rgb, rice, length, rng)
    if rng.random() < 0.15:
        rgb, covered = cover_part(rgb, rng)
        rice = rice & ~covered
        core = np.where(covered, 0, core)
    if layout == "single" and rng.random() < 0.35:  # too near for the lens
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), rng.uniform(0.01, 0.06) * length + 0.3))
    top, left = rng.integers(0, _CANVAS - SIDE + 1, 2)
    if heaped and rng.random() < 0.5:  # from its middle, where there is no ground
        top = left = (_CANVAS - SIDE) // 2
    part = np.s_[top : top + SIDE, left : left + SIDE]
    shown = photograph(rgb[part], rng)
    told = float(np.log2(length / USUAL_LENGTH))
    return Sample(shown, rice[part].astype(np.float32), core[part].astype(np.float32), told)


def _under_wide_light(
    rgb: Pixels, rice: NDArray[np.bool_], length: float, rng: np.random.Generator
) -> Pixels:
    """The photo with the soft, wide shadows that grains cast under a window or a cloudy sky."""
    turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.25) * length
    moved = np.array([[1, 0, far * np.cos(turn)], [0, 1, far * np.sin(turn)]])
    cast = cv2.warpAffine(rice.astype(np.float32), moved, rice.shape[::-1])
    soft = max(1.0, rng.uniform(0.08, 0.4) * length)
    shade = rng.uniform(0.1, 0.5) * cv2.GaussianBlur(cast, (0, 0), soft) * ~rice
    return np.rint(rgb * (1 - shade[..., None])).astype(np.uint8)


def _empty(stock: Stock, rng: np.random.Generator) -> Sample:
    if stock.other and rng.random() < 0.5:
        rgb = _view(stock.other[rng.integers(len(stock.other))], SIDE, rng)
    elif rng.random() < 0.3:  # a print alone: its dots are no grains
        rgb = np.ascontiguousarray(_cloth(rng)[:SIDE, :SIDE])
    else:
        rgb = _ground(stock, rng)
        if rng.random() < 0.55:
            rgb = draw_rice_like(rgb, rng)
        if rng.random() < 0.2:
            rgb, _ = cover_part(rgb, rng)
        rgb = np.ascontiguousarray(rgb[:SIDE, :SIDE])
    nothing = np.zeros((SIDE, SIDE), np.float32)
    return Sample(photograph(rgb, rng), nothing, nothing, float("nan"))


def _of_any_source(photos: Sequence[MaskedPhoto], rng: np.random.Generator) -> MaskedPhoto:
    """One of the photos; each source as often, however many photos are of it."""
    sources = sorted({photo.source for photo in photos})
    source = sources[rng.integers(len(sources))]
    own = [photo for photo in photos if photo.source == source]
    return own[rng.integers(len(own))]


def _real(photo: MaskedPhoto, rng: np.random.Generator) -> Sample:
    shown = np.dstack([photo.rgb, 255 * photo.rice.astype(np.uint8)])
    shown = _view(shown, SIDE, rng)
    rice = (shown[..., 3] >= 128).astype(np.float32)
    unknown = np.where(rice > 0, np.float32(_UNKNOWN), np.float32(0))
    return Sample(photograph(shown[..., :3], rng), rice, unknown, float("nan"))


def _served(stock: Stock, rng: np.random.Generator) -> Sample:
    """The rice of a real photo on another ground: cooked rice on any plate, beside any dish.

    As often it is another thing, maybe as pale as rice: what lies there like a portion may be oats.
    """
    alike = bool(stock.other) and rng.random() < 0.5
    if alike:
        shown = _view(stock.other[rng.integers(len(stock.other))], SIDE, rng, 0.15)
        if rng.random() < 0.6:
            shown = _paled(shown, rng)
        shown = np.dstack([shown, np.full((SIDE, SIDE), 255, np.uint8)])
    else:
        photo = _of_any_source(stock.masked, rng)
        masked = np.dstack([photo.rgb, 255 * photo.rice.astype(np.uint8)])
        shown = _view(masked, SIDE, rng, 0.4)  # from nearer by, cooked rice is a white patch
    cover = shown[..., 3] / np.float32(255)
    if cover.mean() > 0.5:  # a portion of it
        y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j] - rng.uniform(-0.4, 0.4, (2, 1, 1))
        uneven = smooth_noise(rng, SIDE, SIDE, (SIDE / 6, SIDE / 6))
        far = np.hypot(x, y * rng.uniform(1, 1.6)) + rng.uniform(0, 0.15) * uneven
        cover = cover * np.clip((rng.uniform(0.3, 0.8) - far) * SIDE / 4, 0, 1)
    below = _ground(stock, rng)[:SIDE, :SIDE]
    if stock.other and rng.random() < 0.5:
        below = _view(stock.other[rng.integers(len(stock.other))], SIDE, rng)
    below = _under_wide_light(below, cover >= 0.5, rng.uniform(8, 60), rng)
    cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), 0.7))[..., None]
    gain = np.exp(rng.normal(0, 0.06, 3) + rng.normal(0, 0.15))
    mixed = below + cover * (np.clip(shown[..., :3] * gain, 0, 255) - below)
    rice = ((cover[..., 0] >= 0.5) & (not alike)).astype(np.float32)
    unknown = np.where(rice > 0, np.float32(_UNKNOWN), np.float32(0))
    return Sample(photograph(mixed.astype(np.uint8), rng), rice, unknown, float("nan"))


def _ground(stock: Stock, rng: np.random.Generator) -> Pixels:
    """A ground, uint8 [_CANVAS, _CANVAS, 3]: real, drawn, or plain; maybe with things on it."""
    kind = rng.random()
    if kind < 0.48 and stock.grounds:
        rgb = _view(stock.grounds[rng.integers(len(stock.grounds))], _CANVAS, rng)
        gain = np.exp(rng.normal(0, 0.12, 3) + rng.normal(0, 0.3))
        rgb = np.clip(rgb * gain, 0, 255).astype(np.uint8)
    elif kind < 0.7:
        rgb = _cloth(rng)
    elif kind < 0.9:
        name = BACKGROUNDS[rng.integers(len(BACKGROUNDS))]
        side = int(_CANVAS * rng.uniform(0.6, 2.5))
        drawn = render_background(name, side, side, rng)
        rgb = np.asarray(cv2.resize(drawn, (_CANVAS, _CANVAS), interpolation=cv2.INTER_AREA))
        rgb = np.clip(rgb * np.exp(rng.normal(0, 0.2, 3)), 0, 255).astype(np.uint8)
    else:
        tone = rng.uniform(0, 255, 3) if rng.random() < 0.5 else rng.uniform(0, 255) + np.zeros(3)
        rgb = np.full((_CANVAS, _CANVAS, 3), tone, np.uint8)
    if rng.random() < 0.2:  # as pale as the rice: white cloth, paper, a plate
        rgb = _lightened(rgb, rng)
    if rng.random() < 0.15:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), rng.uniform(1, 5)))
    if rng.random() < 0.35:
        rgb = draw_ground_things(rgb, rng)
    return np.ascontiguousarray(rgb)


def _lightened(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    lighter = rng.uniform(140, 235) / max(float(rgb.mean()), 1)
    return np.clip(rgb * lighter * np.exp(rng.normal(0, 0.04, 3)), 0, 255).astype(np.uint8)


def _paled(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """The same with less colour and lighter, as oats, popcorn, mash and cheese are."""
    grey = rgb.mean(axis=2, keepdims=True)
    return _lightened((grey + rng.uniform(0, 0.5) * (rgb - grey)).astype(np.uint8), rng)


def _cloth(rng: np.random.Generator) -> Pixels:
    """A drawn cloth from any distance, uint8 [_CANVAS, _CANVAS, 3]."""
    drawn = draw_cloth(int(_CANVAS * rng.uniform(0.6, 1.8)), rng)
    return np.asarray(cv2.resize(drawn, (_CANVAS, _CANVAS), interpolation=cv2.INTER_AREA))


def _view(rgb: Pixels, side: int, rng: np.random.Generator, share: float = 0.0) -> Pixels:
    """A square part of a photo, uint8 [side, side, C], turned, maybe mirrored.

    At any scale: the part is at least this share of the photo's shorter side.
    """
    height, width = rgb.shape[:2]
    shorter = min(height, width)
    least = min(shorter, max(64, side // 3, int(share * shorter)))
    part = int(np.exp(rng.uniform(np.log(least), np.log(shorter))))
    top, left = rng.integers(0, height - part + 1), rng.integers(0, width - part + 1)
    way = cv2.INTER_AREA if part > side else cv2.INTER_CUBIC
    cut = cv2.resize(rgb[top : top + part, left : left + part], (side, side), interpolation=way)
    turned = np.rot90(cut, int(rng.integers(4)))
    return np.ascontiguousarray(turned[:, ::-1] if rng.random() < 0.5 else turned)


def _cores(labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """How far inside its own grain each pixel is, 0 at the edge to 1 in the middle."""
    # An edge between two grains counts as one: where the label changes, the distance is 0.
    inside = labels > 0
    for moved in (np.roll(labels, 1, 0), np.roll(labels, 1, 1)):
        inside = inside & ((labels == moved) | (moved == 0))
    distance = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    deepest = np.zeros(int(labels.max()) + 1, np.float32)
    np.maximum.at(deepest, labels.ravel(), distance.ravel())
    return np.asarray(distance / np.maximum(deepest, 1)[labels] * (labels > 0), np.float32)
