"""Procedural backgrounds: tables, stone, wood, cloth and paper, drawn from noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.floating[Any]]


def render_background(
    kind: str, height: int, width: int, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Draw an empty background, evenly lit.

    Args:
        kind: One of `BACKGROUNDS`.
        height: Height in pixels.
        width: Width in pixels. Threads, planks and squares grow with the shorter side.
        rng: Where every choice comes from (tone, rotation, pattern, noise).

    Returns:
        sRGB picture, uint8 `[height, width, 3]`.

    Raises:
        ValueError: If no such background exists.

    Example:
        >>> render_background("wood", 48, 64, np.random.default_rng(0)).shape
        (48, 64, 3)
    """
    if kind not in _PAINTERS:
        raise ValueError(
            f"No background is called {kind!r}. Choose one of: {', '.join(BACKGROUNDS)}."
        )
    picture = _PAINTERS[kind](height, width, rng)
    return np.clip(picture, 0, 255).astype(np.uint8)


def smooth_noise(
    rng: np.random.Generator, height: int, width: int, cell: tuple[float, float]
) -> Image:
    """Smooth random field: about one independent value for each cell.

    Args:
        rng: Source of the values.
        height: Height in pixels.
        width: Width in pixels.
        cell: Height and width of a cell in pixels; a long cell makes a streak.

    Returns:
        float32 `[height, width]`, mean near 0, standard deviation below 1.
    """
    rows, columns = int(height / cell[0]) + 3, int(width / cell[1]) + 3
    coarse = rng.standard_normal((rows, columns), dtype=np.float32)
    # A random shift: else the cells of every picture would line up with its corner.
    shift_y, shift_x = rng.uniform(0, 1, 2)
    place = np.array(
        [[1 / cell[1], 0, shift_x + 0.5], [0, 1 / cell[0], shift_y + 0.5]], dtype=np.float64
    )
    return np.asarray(
        cv2.warpAffine(
            coarse,
            place,
            (width, height),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        dtype=np.float32,
    )


def _clouds(rng: np.random.Generator, height: int, width: int, cell: float, octaves: int) -> Image:
    """Noise of several sizes, each half as large and half as strong as the one before."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = max(cell / 2**octave, 1.0)
        total += smooth_noise(rng, height, width, (size, size)) / 2**octave
    return total


def _coordinates(height: int, width: int, angle: float) -> tuple[Image, Image]:
    """Pixel coordinates x and y turned by an angle (radians), each `[height, width]`."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return x * cos + y * sin, y * cos - x * sin


def _unit(height: int, width: int) -> float:
    """How large things are: 1 in a picture whose shorter side has 512 pixels."""
    return max(min(height, width) / 512, 0.25)


def _tint(tone: Image, colour: tuple[float, float, float]) -> Image:
    """A colour (sRGB) brightened and darkened by a tone around 1."""
    return tone[:, :, None] * np.array(colour, np.float32)


def _colour(rng: np.random.Generator, *choices: tuple[int, int, int]) -> tuple[float, float, float]:
    """One of the colours, slightly off."""
    picked = np.array(choices[rng.integers(len(choices))]) * rng.uniform(0.9, 1.06)
    red, green, blue = picked + rng.normal(0, 2, 3)
    return float(red), float(green), float(blue)


def _dark_table(height: int, width: int, rng: np.random.Generator) -> Image:
    unit = _unit(height, width)
    colour = _colour(rng, (33, 33, 36), (37, 31, 29), (31, 33, 40))
    tone = 1 + 0.04 * _clouds(rng, height, width, 90 * unit, 3)
    tone += 0.07 * smooth_noise(rng, height, width, (1.3 * unit, 1.3 * unit))
    dust = smooth_noise(rng, height, width, (2.2 * unit, 2.2 * unit))
    tone += 0.7 * np.maximum(dust - 2.3, 0)
    return _tint(tone, colour)


def _slate(height: int, width: int, rng: np.random.Generator) -> Image:
    unit = _unit(height, width)
    colour = _colour(rng, (72, 78, 84), (66, 70, 74), (82, 84, 86))
    relief = _clouds(rng, height, width, 110 * unit, 7)
    # Splitting leaves terraces: steps in the relief catch the light along their rim.
    terraces = relief + 0.3 * np.sin(relief * 5)
    slope = cv2.Sobel(terraces, cv2.CV_32F, 1, 0) + cv2.Sobel(terraces, cv2.CV_32F, 0, 1)
    tone = 1 + 0.03 * relief + 0.12 * np.clip(slope * unit, -2, 2)
    tone += 0.05 * smooth_noise(rng, height, width, (1.5 * unit, 1.5 * unit))
    return _tint(tone, colour)


def _wood(height: int, width: int, rng: np.random.Generator) -> Image:
    upright = bool(rng.integers(2))
    if upright:
        height, width = width, height
    unit = _unit(height, width)
    colour = _colour(rng, (158, 114, 72), (126, 84, 52), (184, 146, 102), (98, 68, 48))
    _, y = _coordinates(height, width, 0)
    plank_height = rng.uniform(130, 260) * unit
    plank = np.floor((y + rng.uniform(0, plank_height)) / plank_height)
    offset = rng.uniform(0, plank_height)
    within = (y + offset) / plank_height
    plank = np.floor(within).astype(np.int32)
    # Year rings: wavy lines along the plank, each plank cut from another place of the tree.
    place = rng.uniform(0, 40, plank.max() + 1).astype(np.float32)[plank]
    warp = smooth_noise(rng, height, width, (60 * unit, 330 * unit))
    warp += 0.25 * smooth_noise(rng, height, width, (16 * unit, 130 * unit))
    rings = np.sin(y / (13 * unit) + place + 2.4 * warp)
    fibre = smooth_noise(rng, height, width, (1.4 * unit, 70 * unit))
    pores = np.maximum(smooth_noise(rng, height, width, (1.2 * unit, 16 * unit)) - 1.0, 0)
    tone = rng.uniform(0.86, 1.12, plank.max() + 1).astype(np.float32)[plank]
    tone = tone * (1 + 0.07 * rings * np.abs(rings) + 0.06 * fibre - 0.22 * pores + 0.05 * warp)
    distance = np.minimum(within % 1, 1 - within % 1) * plank_height / unit
    tone *= 1 - 0.75 * np.exp(-((distance / 1.3) ** 2)) - 0.12 * np.exp(-distance / 5)
    picture = _tint(tone, colour)
    return picture.transpose(1, 0, 2) if upright else picture


def _weave(height: int, width: int, rng: np.random.Generator, pitch: float) -> Image:
    """Plain weave: at each crossing either the upright or the lying thread is on top."""
    x, y = _coordinates(height, width, rng.uniform(-0.35, 0.35))
    wobble = smooth_noise(rng, height, width, (40 * pitch, 40 * pitch))
    u, v = x / pitch + 0.5 * wobble + 4096, y / pitch + 0.5 * wobble + 4096
    column, row = u.astype(np.int32), v.astype(np.int32)
    across_x, across_y = np.sin(np.pi * (u - column)), np.sin(np.pi * (v - row))
    thread = rng.normal(0, 0.06, 4096).astype(np.float32)
    upright_on_top = (column + row) % 2 == 0
    shade: Image = np.where(
        upright_on_top,
        0.8 * across_x + 0.2 * across_y + thread[column % 4096] - 0.6,
        0.8 * across_y + 0.2 * across_x + thread[(row + 999) % 4096] - 0.64,
    )
    return shade


def _folds(height: int, width: int, rng: np.random.Generator) -> Image:
    """Soft creases of a cloth that does not lie quite flat, around 0."""
    unit = _unit(height, width)
    x, _ = _coordinates(height, width, rng.uniform(0, np.pi))
    bend = smooth_noise(rng, height, width, (260 * unit, 260 * unit))
    wave: Image = np.sin(x / np.float32(110 * unit) + 1.3 * bend + np.float32(rng.uniform(0, 6)))
    return 0.6 * wave + 0.5 * smooth_noise(rng, height, width, (150 * unit, 150 * unit))


def _cloth(
    height: int, width: int, rng: np.random.Generator, colour: tuple[float, float, float]
) -> Image:
    unit = _unit(height, width)
    tone = 1 + 0.045 * _folds(height, width, rng)
    tone += 0.16 * _weave(height, width, rng, max(rng.uniform(3.6, 5.2) * unit, 3.0))
    return _tint(tone, colour)


def _white_cloth(height: int, width: int, rng: np.random.Generator) -> Image:
    return _cloth(height, width, rng, _colour(rng, (226, 224, 219), (222, 218, 208)))


def _blue_cloth(height: int, width: int, rng: np.random.Generator) -> Image:
    return _cloth(height, width, rng, _colour(rng, (46, 66, 118), (58, 88, 140), (36, 48, 86)))


def _patterned(height: int, width: int, rng: np.random.Generator) -> Image:
    unit = _unit(height, width)
    base = np.array(_colour(rng, (226, 222, 212), (232, 230, 226)), np.float32)
    ink = np.array(
        _colour(rng, (176, 52, 48), (44, 84, 140), (58, 118, 84), (196, 148, 52)), np.float32
    )
    x, y = _coordinates(height, width, rng.uniform(-0.5, 0.5))
    period = rng.uniform(34, 72) * unit
    u, v = x / period, y / period
    # Edges as wide as a pixel, or the squares would show stairs.
    sharp = period / 2.5

    def stripe(t: Image) -> Image:
        return np.asarray(np.clip(0.5 + np.sin(2 * np.pi * t) * sharp / np.pi, 0, 1))

    pattern = rng.choice(["gingham", "dots", "stripes"])
    if pattern == "gingham":
        amount = 0.48 * (stripe(u) + stripe(v))
    elif pattern == "dots":
        # Every second row is set off by half a dot.
        shifted = u + 0.5 * (np.floor(v) % 2)
        distance = np.hypot(shifted % 1 - 0.5, v % 1 - 0.5)
        amount = np.clip((0.27 - distance) * period + 0.5, 0, 1)
    else:
        amount = 0.9 * stripe(u) * stripe(u * 0.5 + 0.1)
    picture = base + amount[:, :, None] * (ink - base)
    tone = 1 + 0.03 * _folds(height, width, rng)
    tone += 0.1 * _weave(height, width, rng, max(4 * unit, 3.0))
    return picture * tone[:, :, None]


def _paper(height: int, width: int, rng: np.random.Generator) -> Image:
    unit = _unit(height, width)
    colour = _colour(rng, (226, 223, 214), (228, 228, 226), (212, 198, 170))
    tone = 1 + 0.006 * _clouds(rng, height, width, 120 * unit, 5)
    fibres = smooth_noise(rng, height, width, (1.3 * unit, 5 * unit))
    fibres += smooth_noise(rng, height, width, (5 * unit, 1.3 * unit))
    return _tint(tone + 0.012 * fibres, colour)


_PAINTERS: Mapping[str, Callable[[int, int, np.random.Generator], Image]] = MappingProxyType(
    {
        "dark table": _dark_table,
        "slate": _slate,
        "wood": _wood,
        "white cloth": _white_cloth,
        "blue cloth": _blue_cloth,
        "patterned": _patterned,
        "paper": _paper,
    }
)

BACKGROUNDS: tuple[str, ...] = tuple(_PAINTERS)
