"""Cloths to lay rice on, or to take for it: prints, checks, stripes, weaves and folds, drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.synthetic.distractors import any_colour
from core.synthetic.scenes.background import smooth_noise

Pixels = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]

_PALE = 0.6  # of the cloths; the other ones are of any colour
_SUBPIXEL = 3  # bits of a place that OpenCV takes as a fraction


def draw_cloth(side: int, rng: np.random.Generator) -> Pixels:
    """A cloth from above, evenly lit.

    Args:
        side: Of the square picture, pixels.
        rng: Where every choice comes from: print, colours, weave, folds.

    Returns:
        uint8 [side, side, 3].

    Example:
        >>> draw_cloth(64, np.random.default_rng(0)).shape
        (64, 64, 3)
    """
    base = any_colour(rng)
    if rng.random() < _PALE:
        base = np.clip(rng.uniform(150, 250) + rng.normal(0, 9, 3), 0, 255).astype(np.float32)
    cloth = np.full((side, side, 3), base, np.float32)
    prints = (_motifs, _motifs, _bands, _zigzag)
    if rng.random() < 0.8:
        cloth = prints[rng.integers(len(prints))](cloth, rng)
    cloth = _bent(cloth, rng)
    tone = 1 + _weave(side, rng) + _folds(side, rng)
    return np.clip(cloth * tone[..., None], 0, 255).astype(np.uint8)


def _motifs(cloth: Floats, rng: np.random.Generator) -> Floats:
    """One to three kinds of small shapes again and again: in rows, set off, or strewn."""
    side = len(cloth)
    drawn = cloth.astype(np.uint8)
    for _ in range(rng.integers(1, 4)):
        size = float(np.exp(rng.uniform(np.log(4), np.log(60))))
        pitch = size * rng.uniform(1.2, 3.5)
        rows = np.arange(-pitch, side + pitch, pitch * rng.uniform(0.7, 1.2))
        places = [
            (x + (row % 2) * pitch / 2, y)
            for row, y in enumerate(rows)
            for x in np.arange(-pitch, side + pitch, pitch)
        ]
        middles = np.array(places) + rng.normal(0, 1, (len(places), 2)) * (
            pitch * rng.uniform(0.1, 0.6) if rng.random() < 0.35 else 0
        )
        if rng.random() < 0.3:  # some are left out
            middles = middles[rng.random(len(middles)) < rng.uniform(0.2, 0.8)]
        shape = _SHAPES[rng.integers(len(_SHAPES))](rng)
        turn, turned = rng.uniform(0, 2 * np.pi), rng.random() < 0.4
        ink = any_colour(rng, 0.25)
        for middle in middles:
            own = rng.uniform(0, 2 * np.pi) if turned else turn
            spin = np.array([[np.cos(own), np.sin(own)], [-np.sin(own), np.cos(own)]])
            for part in shape:
                points = np.rint((part * size @ spin + middle) * 2**_SUBPIXEL).astype(np.int32)
                cv2.fillPoly(drawn, [points], ink.tolist(), cv2.LINE_AA, _SUBPIXEL)
    share = rng.uniform(0.4, 1)
    return np.asarray(cloth + share * (drawn - cloth), np.float32)


def _dot(rng: np.random.Generator) -> list[Floats]:
    """An ellipse, as long as one and as wide as a third to one."""
    turns = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    return [np.stack([np.cos(turns), np.sin(turns) * rng.uniform(0.3, 1)], axis=1) / 2]


def _leaf(rng: np.random.Generator) -> list[Floats]:
    """Pointed at both ends."""
    along = np.linspace(0, np.pi, 9)
    upper = np.stack([-np.cos(along) / 2, np.sin(along) ** 1.5 * rng.uniform(0.12, 0.3)], axis=1)
    return [np.concatenate([upper, upper[::-1] * (1, -1)])]


def _flower(rng: np.random.Generator) -> list[Floats]:
    """Three to seven leaves around a middle."""
    (leaf,), count = _leaf(rng), int(rng.integers(3, 8))
    turns = 2 * np.pi * np.arange(count) / count
    spins = [np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]]) for t in turns]
    outer = 0.6 * (leaf + np.array([0.55, 0]))
    return [outer @ spin for spin in spins]


def _corners(rng: np.random.Generator) -> list[Floats]:
    """A dash, a diamond, a triangle, a star: straight between a few corners."""
    count = int(rng.integers(3, 9))
    turns = 2 * np.pi * np.arange(count) / count
    radius = np.where(np.arange(count) % 2, rng.uniform(0.3, 1), 1)[:, None] / 2
    return [np.stack([np.cos(turns), np.sin(turns) * rng.uniform(0.3, 1)], axis=1) * radius]


_SHAPES: tuple[Callable[[np.random.Generator], list[Floats]], ...] = (
    _dot,
    _leaf,
    _flower,
    _corners,
)


def _bands(cloth: Floats, rng: np.random.Generator) -> Floats:
    """Stripes of several widths and inks, one way or both: a tea towel, a tartan."""
    side = len(cloth)
    turn, repeat = rng.uniform(0, np.pi), rng.uniform(10, 160)
    edges = np.sort(rng.uniform(0, 1, 2 * rng.integers(1, 4))).reshape(-1, 2)
    inks = [any_colour(rng, 0.2) for _ in edges]
    strong = rng.uniform(0.25, 0.95)
    for way in range(2 if rng.random() < 0.5 else 1):
        place = _across(side, turn + way * np.pi / 2) / repeat % 1
        for (first, last), ink in zip(edges, inks, strict=True):
            # Edges are as soft as a pixel, or slanted ones would show stairs.
            inside = np.clip(np.minimum(place - first, last - place) * repeat + 0.5, 0, 1)
            cloth = cloth + strong * inside[..., None] * (ink - cloth)
    return cloth


def _zigzag(cloth: Floats, rng: np.random.Generator) -> Floats:
    """Herringbone, waves, fish scales: stripes that turn at each step across."""
    side = len(cloth)
    turn, repeat, step = rng.uniform(0, np.pi), rng.uniform(5, 50), rng.uniform(8, 80)
    across, along = _across(side, turn), _across(side, turn + np.pi / 2)
    swing = np.abs(across / step % 2 - 1) if rng.random() < 0.6 else np.sin(np.pi * across / step)
    place = (along + rng.uniform(0.3, 1.2) * step * swing) / repeat % 1
    share = rng.uniform(0.2, 0.7)
    inside = np.clip(np.minimum(place, share - place) * repeat + 0.5, 0, 1)
    return np.asarray(
        cloth + rng.uniform(0.2, 0.95) * inside[..., None] * (any_colour(rng) - cloth)
    )


def _across(side: int, turn: float) -> Floats:
    """How far each pixel is along a direction, pixels, float32 [side, side]."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    return np.asarray(x * np.cos(turn) + y * np.sin(turn), np.float32)


def _bent(cloth: Floats, rng: np.random.Generator) -> Floats:
    """The print pulled about, as on a cloth that does not lie straight."""
    side = len(cloth)
    y, x = np.mgrid[:side, :side].astype(np.float32)
    far = rng.uniform(0, 10)
    across, down = (
        each + far * smooth_noise(rng, side, side, (side / 3, side / 3)) for each in (x, y)
    )
    bent = cv2.remap(
        cloth.astype(np.float32), across, down, cv2.INTER_LINEAR, None, cv2.BORDER_REFLECT
    )
    return np.asarray(bent)


def _weave(side: int, rng: np.random.Generator) -> Floats:
    """Threads over and under each other, or slanting as in denim, around 0."""
    pitch, turn = rng.uniform(2, 9), rng.uniform(0, np.pi)
    across, along = _across(side, turn) / pitch, _across(side, turn + np.pi / 2) / pitch
    bend = 0.4 * smooth_noise(rng, side, side, (12 * pitch, 12 * pitch))
    if rng.random() < 0.3:
        tone = np.sin(np.pi * (across + along + bend))
    else:
        tone = np.sin(np.pi * (across + bend)) * np.sin(np.pi * (along + bend))
    slub = smooth_noise(rng, side, side, (pitch / 2 + 1, 8 * pitch))
    return np.asarray(rng.uniform(0, 0.16) * tone + rng.uniform(0, 0.05) * slub)


def _folds(side: int, rng: np.random.Generator) -> Floats:
    """Wide waves and a few creases, each light on one side and dark on the other, around 0."""
    wide = side * rng.uniform(0.2, 0.6)
    tone = rng.uniform(0, 0.12) * smooth_noise(rng, side, side, (wide, wide))
    for _ in range(rng.integers(0, 4)):
        across = _across(side, rng.uniform(0, 2 * np.pi))
        bend = rng.uniform(0, 30) * smooth_noise(rng, side, side, (side / 2, side / 2))
        far = (across - rng.uniform(across.min(), across.max()) + bend) / rng.uniform(2, 25)
        tone = tone + rng.uniform(0.03, 0.25) * far * np.exp(-(far**2))
    return np.asarray(tone)
