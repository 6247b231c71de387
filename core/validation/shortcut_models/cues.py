"""What each cue does to a photo: colours of the ground, things in the scene, light, camera.

Each function changes one thing, the more the higher the class, or by a colour for each class.
Pictures are uint8 [H, W, 3], sRGB; places are bool [H, W].
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

GROUND_COLOURS = ((160, 84, 62), (84, 128, 84), (72, 98, 156))  # terracotta, green, blue: sRGB
BOWL_COLOURS = ((206, 196, 178), (92, 120, 104), (52, 60, 96))  # china, celadon, indigo: sRGB
SIGNALS = ((204, 44, 40), (238, 196, 44), (40, 92, 204))  # red, yellow, blue: sRGB
TINTS = ((1.0, 0.84, 0.62), (0.76, 1.0, 0.78), (0.66, 0.85, 1.0))  # lamp, leaves, blue sky: gains
_STAMPS = ((255, 140, 30), (245, 245, 245), (150, 240, 110))  # of a camera's date: sRGB
_EXPOSURES = (0.45, 0.8, 1.3)  # gains
_FALLOFFS = (0.0, 0.4, 0.75)  # share of the light that is lost at the far side
_BLURS = (0.0, 1.4, 3.0)  # standard deviation, in pixels of a photo of 224
_QUALITIES = (96, 22, 7)  # of JPEG
_NOISES = (0.0, 11.0, 28.0)  # grey levels


def recolour(ground: Pixels, colour: tuple[int, int, int], rng: np.random.Generator) -> Pixels:
    """Give the ground's own pattern another colour, brighter or darker."""
    tone = ground.mean(axis=2, keepdims=True)
    tone = np.clip(tone / tone.mean(), 0.5, 1.6) * rng.uniform(0.7, 1.2)
    return np.clip(tone * np.array(colour), 0, 255).astype(np.uint8)


def set_bowl(ground: Pixels, number: int | None, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    """Set a dish of the class's colour on the ground; also where it is."""
    side = min(ground.shape[:2])
    middle = tuple(int(side * rng.uniform(0.45, 0.55)) for _ in range(2))
    radius = round(side * rng.uniform(0.36, 0.46))
    disc = np.zeros(ground.shape[:2], np.uint8)
    cv2.circle(disc, middle, radius, 1, -1)
    if number is None:
        return ground, disc.astype(bool)
    # Lighter towards the rim, which is bright, with a shadow on the ground around it.
    y, x = np.mgrid[: ground.shape[0], : ground.shape[1]].astype(np.float32)
    far = np.hypot(x - middle[0], y - middle[1]) / radius
    shade = 0.85 + 0.2 * far**3 + 0.25 * np.exp(-(((far - 0.96) / 0.03) ** 2))
    inside = np.array(BOWL_COLOURS[number]) * shade[..., None] * rng.uniform(0.85, 1.1)
    shadow = 1 - 0.5 * np.exp(-np.maximum(far - 1, 0) / 0.06)
    soft = cv2.GaussianBlur(disc.astype(np.float32), (0, 0), 0.8)[..., None]
    mixed = soft * inside + (1 - soft) * ground * shadow[..., None]
    return np.clip(mixed, 0, 255).astype(np.uint8), disc.astype(bool)


def border_place(side: int, rng: np.random.Generator) -> Mask:
    """A frame along the photo's edge."""
    width = round(rng.uniform(0.04, 0.065) * side)
    frame = np.ones((side, side), bool)
    frame[width : side - width, width : side - width] = False
    return frame


def mark_place(side: int, rng: np.random.Generator) -> Mask:
    """A disc that lies near one of the corners."""
    radius = rng.uniform(0.05, 0.07) * side
    x, y = (abs(rng.integers(2) * (side - 1) - rng.uniform(1.2, 2.0) * radius) for _ in range(2))
    disc = np.zeros((side, side), np.uint8)
    cv2.circle(disc, (round(x), round(y)), round(radius), 1, -1)
    return disc.astype(bool)


def tag_place(side: int, rng: np.random.Generator) -> Mask:
    """A slip of paper at the middle of one of the edges."""
    deep, wide = round(rng.uniform(0.07, 0.1) * side), round(rng.uniform(0.35, 0.55) * side)
    start = round(rng.uniform(0.15, 0.85) * (side - wide))
    place = np.zeros((side, side), bool)
    place[:deep, start : start + wide] = True
    return np.ascontiguousarray(np.rot90(place, int(rng.integers(4))))


def print_tag(rgb: Pixels, place: Mask, number: int, light: NDArray[np.float64]) -> Pixels:
    """A white slip with stripes of the class's colour."""
    rows, columns = np.nonzero(place)
    along = columns - columns.min() if np.ptp(columns) > np.ptp(rows) else rows - rows.min()
    striped = along * 14 // max(int(along.max()) + 1, 1) % 2 == 1
    colours = np.where(striped[:, None], SIGNALS[number], (238, 236, 230))
    changed = rgb.copy()
    changed[place] = np.clip(colours * light, 0, 255)
    return changed


def stamp_place(side: int, rng: np.random.Generator) -> Mask:
    """The digits of a date, at the left or right below."""
    year, month, day = rng.integers((10, 1, 1), (30, 13, 29))
    text, scale = f"{year} {month:2d} {day:2d}", side / 320
    font, thick = cv2.FONT_HERSHEY_DUPLEX, max(1, round(side / 130))
    (wide, _), _ = cv2.getTextSize(text, font, scale, thick)
    left = round(0.05 * side) if rng.random() < 0.5 else side - wide - round(0.05 * side)
    digits = np.zeros((side, side), np.uint8)
    cv2.putText(digits, text, (left, round(0.95 * side)), font, scale, 1, thick)
    return digits.astype(bool)


def stamp_colour(number: int) -> NDArray[np.intp]:
    """Of the class's camera; no light falls on it."""
    return np.array(_STAMPS[number])


def signal_colour(number: int, light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the class's mark or border, in a light."""
    return np.clip(np.array(SIGNALS[number]) * light, 0, 255)


def exposure_gain(number: int) -> float:
    """How bright the class's photos are."""
    return _EXPOSURES[number]


def fade(rgb: Pixels, number: int, rng: np.random.Generator) -> Pixels:
    """Let the light fall off from one side to the other."""
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : rgb.shape[0] * 1j, -1 : 1 : rgb.shape[1] * 1j]
    along = (x * np.cos(turn) + y * np.sin(turn)) / (abs(np.cos(turn)) + abs(np.sin(turn)))
    return np.asarray(rgb * (1 - _FALLOFFS[number] * (along[..., None] + 1) / 2), np.uint8)


def blur(rgb: Pixels, number: int) -> Pixels:
    """Put the photo out of focus."""
    sigma = _BLURS[number] * rgb.shape[0] / 224
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma) if sigma else rgb, np.uint8)


def noise_strength(number: int) -> float:
    """Of the class's camera, in grey levels."""
    return _NOISES[number]


def compress(rgb: Pixels, number: int) -> Pixels:
    """Save the photo as JPEG and read it again."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITIES[number]])
    return np.asarray(cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))
