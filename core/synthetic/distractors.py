"""Things that lie under, beside or upon rice: dishes, sheets, text, rulers, fingers, glare."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.synthetic.scenes.background import smooth_noise

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Draw = Callable[[Pixels, np.random.Generator], Pixels]

_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX)
_LETTERS = string.ascii_letters + string.digits + " :.-/"


def draw_ground_things(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """One or two things that grains may lie on or beside: a dish, a line, text, a sheet.

    Args:
        rgb: uint8 [H, W, 3]; stays as it is.
        rng: Where every choice comes from.

    Returns:
        uint8 [H, W, 3].
    """
    return draw_some((_dish, _sheet, _stripes, _text, _ruler, _stick), rgb, rng, 2)


def cover_part(rgb: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    """Something that lies upon all else: a finger, a label, a time stamp, a glare.

    Args:
        rgb: uint8 [H, W, 3]; stays as it is.
        rng: Where every choice comes from.

    Returns:
        uint8 [H, W, 3], and which pixels are covered, bool [H, W].
    """
    drawn = draw_some((_finger, _label, _stamp, _glare, _stick), rgb, rng, 1)
    covered = np.abs(drawn.astype(np.int16) - rgb).max(axis=2) > 24
    return drawn, covered


def draw_some(kinds: tuple[Draw, ...], rgb: Pixels, rng: np.random.Generator, most: int) -> Pixels:
    """At least one and at most `most` of some kinds of things, each drawn once."""
    for index in rng.permutation(len(kinds))[: rng.integers(1, most + 1)]:
        rgb = kinds[index](rgb, rng)
    return rgb


def any_colour(rng: np.random.Generator, pale: float = 0.4) -> NDArray[np.float32]:
    """A colour, pale or grey in a share of cases: that is what rice is mistaken for."""
    colour = rng.uniform(10, 245, 3)
    if rng.random() < pale:
        colour = rng.uniform(120, 250) + rng.normal(0, 12, 3)
    return np.clip(colour, 0, 255).astype(np.float32)


def _blend(rgb: Pixels, cover: NDArray[Any], colour: NDArray[Any]) -> Pixels:
    """`colour`, one or one a pixel, laid over the picture where `cover`, 0 to 1, says so."""
    mixed = rgb + (colour - rgb.astype(np.float32)) * cover[..., None].astype(np.float32)
    return np.clip(mixed, 0, 255).astype(np.uint8)


def _shape(rgb: Pixels, draw: Callable[[Pixels], Any], soft: float = 0.7) -> NDArray[np.float32]:
    """The cover of a shape, float32 [H, W], its edge a little soft."""
    canvas = np.zeros(rgb.shape[:2], np.uint8)
    draw(canvas)
    return cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), soft)


def _dish(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A plate or bowl from above, with a rim that is lit from one side."""
    height, width = rgb.shape[:2]
    middle = rng.uniform(0.1, 0.9, 2) * (width, height)
    radius = rng.uniform(0.25, 0.9) * max(height, width)
    squash, turn = rng.uniform(0.6, 1), rng.uniform(0, np.pi)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across = (x - middle[0]) * np.cos(turn) + (y - middle[1]) * np.sin(turn)
    down = (y - middle[1]) * np.cos(turn) - (x - middle[0]) * np.sin(turn)
    far = np.hypot(across, down / squash) / radius
    inner, lamp = rng.uniform(0.6, 0.92), rng.uniform(0, 2 * np.pi)
    side = np.cos(np.arctan2(down, across) - lamp)
    slope = np.clip((far - inner) / (1 - inner), 0, 1)
    tone = 1 + rng.uniform(0.05, 0.3) * side * np.where(slope > 0, np.sin(np.pi * slope), 0)
    tone *= 1 - rng.uniform(0, 0.3) * np.exp(-(((far - inner) / 0.02) ** 2))
    colour = any_colour(rng, 0.7) * tone[..., None]
    if rng.random() < 0.4:  # a painted ring
        ring = np.abs(far - rng.uniform(inner, 1)) < rng.uniform(0.005, 0.03)
        colour = np.where(ring[..., None], any_colour(rng, 0.1), colour)
    inside = np.clip((1 - far) * radius, 0, 1)
    shadow = np.clip(1 - np.maximum(far - 1, 0) * radius / rng.uniform(4, 30), 0, 1) * (far > 1)
    shaded = rgb * (1 - rng.uniform(0.1, 0.5) * shadow[..., None])
    return _blend(shaded.astype(np.uint8), inside, colour)


def _sheet(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Paper, a cutting board, a cloth: a turned rectangle of one colour, with a shadow."""
    height, width = rgb.shape[:2]
    size = rng.uniform(0.3, 1.2, 2) * (width, height)
    box = cv2.boxPoints((tuple(rng.uniform(0, 1, 2) * (width, height)), tuple(size),
                         rng.uniform(0, 180)))  # fmt: skip
    cover = _shape(rgb, lambda at: cv2.fillPoly(at, [box.astype(np.int32)], 255))
    far = rng.uniform(1, 8, 2) * rng.choice([-1, 1], 2)
    moved = np.array([[1, 0, far[0]], [0, 1, far[1]]], np.float64)
    under = cv2.GaussianBlur(cv2.warpAffine(cover, moved, (width, height)), (0, 0), 3)
    grain = smooth_noise(rng, height, width, (3, 3))[..., None] * rng.uniform(0, 6)
    shaded = rgb * (1 - rng.uniform(0, 0.5) * under[..., None])
    return _blend(shaded.astype(np.uint8), cover, any_colour(rng, 0.6) + grain)


def _stripes(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Stripes or checks, as of a cloth."""
    height, width = rgb.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turn, period = rng.uniform(0, np.pi), rng.uniform(5, 60)
    along = (x * np.cos(turn) + y * np.sin(turn)) % period < period * rng.uniform(0.2, 0.7)
    if rng.random() < 0.4:
        along ^= (y * np.cos(turn) - x * np.sin(turn)) % period < period / 2
    return _blend(rgb, along * rng.uniform(0.2, 0.9), any_colour(rng))


def _text(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A few lines of letters."""
    height, width = rgb.shape[:2]
    scale, font = rng.uniform(0.3, 2.0), int(rng.choice(_FONTS))
    x, y = rng.uniform(0, 0.6) * width, rng.uniform(0.1, 0.9) * height

    def write(canvas: Pixels) -> None:
        for line in range(int(rng.integers(1, 6))):
            words = "".join(rng.choice(list(_LETTERS), int(rng.integers(3, 25))))
            at = int(x), int(y + line * 34 * scale)
            cv2.putText(canvas, words, at, font, scale, 255, int(rng.integers(1, 4)), cv2.LINE_AA)

    return _blend(rgb, _shape(rgb, write, 0.5) * rng.uniform(0.6, 1), any_colour(rng))


def _ruler(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A pale strip with ticks, along or across the photo."""
    turned = rng.random() < 0.5
    strip = (rgb.transpose(1, 0, 2) if turned else rgb).copy(order="C")
    height, width = strip.shape[:2]
    top, high = rng.uniform(0, 0.9) * height, rng.uniform(0.05, 0.15) * height
    step = rng.uniform(4, 16)
    rows = slice(int(top), int(top + high) + 1)
    strip[rows] = _blend(strip[rows], np.ones(strip[rows].shape[:2]), any_colour(rng, 0.7))
    ink = tuple(int(each) for each in rng.uniform(0, 90, 3))
    for number, x in enumerate(np.arange(0, width, step)):
        long = high * (0.6 if number % 10 == 0 else 0.35)
        cv2.line(strip, (int(x), int(top)), (int(x), int(top + long)), ink, 1, cv2.LINE_AA)
    return np.ascontiguousarray(strip.transpose(1, 0, 2)) if turned else strip


def _stick(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A chopstick, pen or handle of a spoon: a long shaded bar."""
    height, width = rgb.shape[:2]
    ends = (rng.uniform(-0.2, 1.2, (2, 2)) * (width, height)).astype(int)
    thick = max(2, int(rng.uniform(0.015, 0.08) * width))
    cover = _shape(rgb, lambda at: cv2.line(at, tuple(ends[0]), tuple(ends[1]), 255, thick))
    shine = cv2.GaussianBlur(cover, (0, 0), thick / 3)[..., None]
    return _blend(rgb, cover, any_colour(rng) * (0.6 + 0.5 * shine))


def _finger(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A finger or a hand's edge that reaches into the photo."""
    height, width = rgb.shape[:2]
    skin = np.array([224, 172, 140], np.float32) * rng.uniform(0.35, 1.1) + rng.normal(0, 8, 3)
    tip = rng.uniform(0.2, 0.8, 2) * (width, height)
    turn = rng.uniform(0, 2 * np.pi)
    root = tip + 1.5 * max(height, width) * np.array([np.cos(turn), np.sin(turn)])
    thick = int(rng.uniform(0.06, 0.25) * width)
    cover = _shape(rgb, lambda at: cv2.line(
        at, tuple(tip.astype(int)), tuple(root.astype(int)), 255, thick))  # fmt: skip
    shine = cv2.GaussianBlur(cover, (0, 0), max(1.0, thick / 4))[..., None]
    return _blend(rgb, cover, skin * (0.55 + 0.5 * shine))


def _label(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A paper label with writing on it."""
    height, width = rgb.shape[:2]
    high, wide = (rng.uniform(0.08, 0.3, 2) * (height, width)).astype(int)
    top, left = int(rng.uniform(0, height - high)), int(rng.uniform(0, width - wide))
    part = np.full((high, wide, 3), np.clip(any_colour(rng, 0.9), 0, 255), np.uint8)
    drawn = rgb.copy()
    drawn[top : top + high, left : left + wide] = _text(part, rng)
    return drawn


def _stamp(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Date and time, as cameras write them into a corner."""
    height, width = rgb.shape[:2]
    words = f"{rng.integers(1999, 2030)}/{rng.integers(1, 13):02}/{rng.integers(1, 29):02}"
    at = int(rng.choice([0.05, 0.5]) * width), int(rng.choice([0.1, 0.95]) * height)
    colour = ((255, 140, 0), (255, 230, 60), (255, 255, 255))[rng.integers(3)]
    drawn = rgb.copy()
    cv2.putText(drawn, words, at, cv2.FONT_HERSHEY_SIMPLEX, rng.uniform(0.4, 1), colour,
                int(rng.integers(1, 3)), cv2.LINE_AA)  # fmt: skip
    return drawn


def _glare(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """A lamp's reflection, white in the middle."""
    height, width = rgb.shape[:2]
    middle = tuple((rng.uniform(0, 1, 2) * (width, height)).astype(int))
    axes = tuple((rng.uniform(0.03, 0.25, 2) * (width, height)).astype(int) + 1)
    soft = rng.uniform(1, 25)
    cover = _shape(rgb, lambda at: cv2.ellipse(
        at, middle, axes, rng.uniform(0, 180), 0, 360, 255, -1), soft)  # fmt: skip
    return _blend(rgb, cover * rng.uniform(0.6, 1), np.full(3, 252, np.float32))
