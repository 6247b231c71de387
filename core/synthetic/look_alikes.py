"""Things that might be taken for rice: beads, pebbles, seeds, sticks, buttons."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from core.synthetic.distractors import any_colour, draw_some
from core.synthetic.scenes.background import smooth_noise

Pixels = NDArray[np.uint8]


def draw_rice_like(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Many small things of a kind that might be taken for rice: beads, pebbles, seeds, sticks.

    Args:
        rgb: uint8 [H, W, 3]; stays as it is.
        rng: Where every choice comes from.

    Returns:
        uint8 [H, W, 3].
    """
    return draw_some((_beads, _pebbles, _seeds, _kernels, _matches, _buttons), rgb, rng, 2)


def _scatter(
    rgb: Pixels,
    rng: np.random.Generator,
    paint: Callable[[Pixels, tuple[int, int], float], None],
    count: int,
    size: float,
) -> Pixels:
    """`paint` at many places, each with a soft shadow of what it painted."""
    height, width = rgb.shape[:2]
    middles = rng.uniform(-0.05, 1.05, (count, 2)) * (width, height)
    if rng.random() < 0.3:  # in a heap
        middles = rng.normal(0.5, 0.18, (count, 2)) * (width, height)
    drawn, cover = rgb.copy(), np.zeros(rgb.shape[:2], np.uint8)
    for x, y in middles:
        cv2.circle(cover, (int(x + size / 6), int(y + size / 6)), max(1, int(size / 2)), 255, -1)
    dark = cv2.GaussianBlur(cover, (0, 0), max(0.8, size / 6))[..., None] / 255
    drawn = (drawn * (1 - rng.uniform(0.1, 0.6) * dark)).astype(np.uint8)
    for x, y in middles:
        paint(drawn, (int(x), int(y)), size * float(np.exp(rng.normal(0, 0.12))))
    return drawn


def _beads(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Round shining beads, peas, lentils, pearls."""
    size = float(np.exp(rng.uniform(np.log(5), np.log(60))))
    colour, spread = any_colour(rng), rng.uniform(0, 40)
    lamp = rng.uniform(-0.3, 0.3, 2)

    def paint(at: Pixels, middle: tuple[int, int], side: float) -> None:
        own = np.clip(colour + rng.normal(0, spread, 3), 0, 255)
        for share in (1.0, 0.75, 0.5, 0.2):
            shift = (1 - share) * side * lamp
            place = int(middle[0] + shift[0]), int(middle[1] + shift[1])
            tone = np.clip(own * (0.7 + 0.45 * (1 - share)) + (90 if share == 0.2 else 0), 0, 255)
            cv2.circle(at, place, max(1, int(side * share / 2)), tone.tolist(), -1, cv2.LINE_AA)

    return _scatter(rgb, rng, paint, int(rng.integers(1, 3 + int(4000 / size))), size)


def _pebbles(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Gravel, salt, crumbs, broken shells: irregular corners, mottled."""
    size = float(np.exp(rng.uniform(np.log(5), np.log(90))))
    colour, spread = any_colour(rng, 0.7), rng.uniform(5, 40)
    height, width = rgb.shape[:2]
    speckle = smooth_noise(rng, height, width, (2, 2))[..., None] * rng.uniform(0, 12)

    def paint(at: Pixels, middle: tuple[int, int], side: float) -> None:
        corners = int(rng.integers(4, 9))
        turns = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radius = side / 2 * rng.uniform(0.5, 1.1, corners)
        points = np.stack([np.cos(turns), np.sin(turns)], axis=1) * radius[:, None] + middle
        own = np.clip(colour + rng.normal(0, spread), 0, 255).tolist()
        cv2.fillPoly(at, [points.astype(np.int32)], own, cv2.LINE_AA)
        cv2.fillPoly(at, [((points - middle) * 0.6 + middle - side / 12).astype(np.int32)],
                     np.clip(np.array(own) * 1.12, 0, 255).tolist(), cv2.LINE_AA)  # fmt: skip

    drawn = _scatter(rgb, rng, paint, int(rng.integers(3, 5 + int(4000 / size))), size)
    return np.clip(drawn + speckle, 0, 255).astype(np.uint8)


def _seeds(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Seeds of strong colours or marked shapes: sunflower, pumpkin, beans, drops."""
    size = float(np.exp(rng.uniform(np.log(10), np.log(100))))
    colour = any_colour(rng, 0.0)
    second, wide = any_colour(rng, 0.3), rng.uniform(0.5, 0.9)

    def paint(at: Pixels, middle: tuple[int, int], side: float) -> None:
        turn = rng.uniform(0, 2 * np.pi)
        along = np.linspace(0, np.pi, 10)
        # A drop: pointed at one end, round at the other.
        half = wide / 2 * np.sin(along) * np.sin(along / 2 + 0.2)
        upper = np.stack([-np.cos(along) / 2, half], axis=1)
        points = np.concatenate([upper, upper[::-1] * (1, -1)]) * side
        turned = points @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        own = np.clip(colour + rng.normal(0, 12, 3), 0, 255).tolist()
        cv2.fillPoly(at, [(turned + middle).astype(np.int32)], own, cv2.LINE_AA)
        cv2.polylines(at, [(turned * 0.6 + middle).astype(np.int32)], True, second.tolist(),
                      max(1, int(side / 20)), cv2.LINE_AA)  # fmt: skip

    return _scatter(rgb, rng, paint, int(rng.integers(2, 4 + int(3000 / size))), size)


def _kernels(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Wheat, barley, coffee: plump and golden to brown, with a dark crease along the middle."""
    size = float(np.exp(rng.uniform(np.log(10), np.log(120))))
    colour = np.array([205, 150, 90], np.float32) * rng.uniform(0.3, 1.15) + rng.normal(0, 10, 3)
    wide, crease = rng.uniform(0.5, 0.72), rng.uniform(0.35, 0.75)

    def paint(at: Pixels, middle: tuple[int, int], side: float) -> None:
        turn, own = rng.uniform(0, 180), np.clip(colour + rng.normal(0, 12), 0, 255)
        for share in (1.0, 0.8, 0.6, 0.4):
            axes = max(1, int(side * share / 2)), max(1, int(side * wide * share / 2))
            tone = np.clip(own * (1.2 - 0.5 * share), 0, 255).tolist()
            cv2.ellipse(at, middle, axes, turn, 0, 360, tone, -1, cv2.LINE_AA)
        if rng.random() < 0.7:  # the other ones lie on it
            far = np.array([np.cos(np.radians(turn)), np.sin(np.radians(turn))]) * side * 0.42
            first, last = ((np.array(middle) + sign * far).astype(int) for sign in (-1, 1))
            dark = np.clip(own * crease, 0, 255).tolist()
            thick = max(1, int(side * wide / 12))
            cv2.line(at, tuple(first), tuple(last), dark, thick, cv2.LINE_AA)

    return _scatter(rgb, rng, paint, int(rng.integers(2, 4 + int(4000 / size))), size)


def _matches(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Matches, noodles, needles, stalks: much longer than wide."""
    size, thin = rng.uniform(30, 200), rng.uniform(10, 30)
    colour = any_colour(rng)

    def paint(at: Pixels, middle: tuple[int, int], side: float) -> None:
        turn = rng.uniform(0, np.pi)
        far = np.array([np.cos(turn), np.sin(turn)]) * side / 2
        first, last = ((np.array(middle) + sign * far).astype(int) for sign in (-1, 1))
        own = np.clip(colour + rng.normal(0, 10), 0, 255)
        wide = max(1, int(side / thin))
        cv2.line(at, tuple(first), tuple(last), (own * 0.7).tolist(), wide + 1, cv2.LINE_AA)
        cv2.line(at, tuple(first), tuple(last), own.tolist(), max(1, wide - 1), cv2.LINE_AA)

    return _scatter(rgb, rng, paint, int(rng.integers(2, 40)), size / 8)


def _buttons(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """Buttons, coins, washers: discs with a rim and holes or a stamp."""
    size = float(np.exp(rng.uniform(np.log(14), np.log(160))))
    colour = any_colour(rng, 0.6)
    holes = int(rng.choice([0, 1, 2, 4]))

    def paint(at: Pixels, middle: tuple[int, int], side: float) -> None:
        own = np.clip(colour + rng.normal(0, 8), 0, 255)
        for share, tone in ((1.0, 0.75), (0.92, 1.1), (0.8, 0.95)):
            shade = np.clip(own * tone, 0, 255).tolist()
            cv2.circle(at, middle, max(1, int(side * share / 2)), shade, -1, cv2.LINE_AA)
        for hole in range(holes):
            turn = 2 * np.pi * hole / max(holes, 1)
            spot = (int(middle[0] + side / 7 * np.cos(turn) * (holes > 1)),
                    int(middle[1] + side / 7 * np.sin(turn) * (holes > 1)))  # fmt: skip
            cv2.circle(at, spot, max(1, int(side / 14)), (own * 0.3).tolist(), -1, cv2.LINE_AA)
        if not holes:
            cv2.putText(
                at,
                str(rng.integers(1, 99)),
                (int(middle[0] - side / 4), middle[1]),
                cv2.FONT_HERSHEY_SIMPLEX,
                side / 70,
                (own * 0.6).tolist(),
                1,
                cv2.LINE_AA,
            )

    return _scatter(rgb, rng, paint, int(rng.integers(1, 3 + int(800 / size))), size)
