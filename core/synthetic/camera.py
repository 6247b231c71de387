"""What light and a camera make of a scene: shadows, tints, blur, noise, compression."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.synthetic.scenes.background import smooth_noise

Pixels = NDArray[np.uint8]


def photograph(rgb: Pixels, rng: np.random.Generator) -> Pixels:
    """The scene as some phone or scanner might show it.

    Args:
        rgb: uint8 [H, W, 3], evenly lit and sharp.
        rng: Where every choice comes from.

    Returns:
        uint8 [H, W, 3].
    """
    height, width = rgb.shape[:2]
    lit: NDArray[np.floating[Any]] = rgb.astype(np.float32) / 255
    if rng.random() < 0.5:
        lit *= _falloff(height, width, rng)[..., None]
    if rng.random() < 0.35:
        lit *= _cast_shadow(height, width, rng)[..., None]
    lit *= np.exp(rng.normal(0, 0.08, 3) + rng.normal(0, 0.22)).astype(np.float32)
    grey = lit.mean(axis=2, keepdims=True)
    lit = np.clip(grey + (lit - grey) * rng.uniform(0.5, 1.35), 0, 1)
    lit = lit ** np.float32(np.exp(rng.normal(0, 0.2)))
    if rng.random() < 0.1:
        lit = np.repeat(lit.mean(axis=2, keepdims=True), 3, axis=2)
    lit = _blurred(np.ascontiguousarray(lit, np.float32), rng)
    strength = rng.uniform(0, 0.035) * (rng.random() < 0.6)
    noise = rng.standard_normal((height, width, 3), dtype=np.float32)
    if rng.random() < 0.5:
        noise = np.asarray(2 * cv2.GaussianBlur(noise, (0, 0), 0.8), np.float32)
    shown = np.clip(255 * (lit + strength * noise), 0, 255).astype(np.uint8)
    if rng.random() < 0.7:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 96))]
        shown = np.asarray(cv2.imdecode(cv2.imencode(".jpg", shown, quality)[1], 1), np.uint8)
    return shown


def _falloff(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Light from one side, or dark corners."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    turn, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.4)
    slope = 1 + strength * (x * np.cos(turn) + y * np.sin(turn))
    return np.asarray(slope * (1 - rng.uniform(0, 0.25) * (x**2 + y**2) / 2), np.float32)


def _cast_shadow(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """The shadow of a phone, a hand or a frame: an outline, hard or soft."""
    canvas = np.zeros((height, width), np.float32)
    corners = rng.uniform(-0.3, 1.3, (int(rng.integers(3, 6)), 2)) * (width, height)
    hull = cv2.convexHull(corners.astype(np.int32))
    cv2.fillConvexPoly(canvas, hull, 1.0)
    soft = float(np.exp(rng.uniform(np.log(0.7), np.log(20))))
    shade = cv2.GaussianBlur(canvas, (0, 0), soft)
    if rng.random() < 0.2:  # dappled
        shade *= np.clip(0.5 + smooth_noise(rng, height, width, (30, 30)), 0, 1)
    return np.asarray(1 - rng.uniform(0.2, 0.7) * shade, np.float32)


def _blurred(lit: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Out of focus, moved, or enlarged from fewer pixels; often none of it."""
    height, width = lit.shape[:2]
    kind = rng.random()
    if kind < 0.3:
        return np.asarray(cv2.GaussianBlur(lit, (0, 0), rng.uniform(0.4, 1.8)))
    if kind < 0.38:
        reach = int(rng.integers(2, 6))
        kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        turn = rng.uniform(0, np.pi)
        far = np.array([np.cos(turn), np.sin(turn)]) * reach / 2
        ends = [tuple((reach + sign * far).round().astype(int)) for sign in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], 1.0)
        return np.asarray(cv2.filter2D(lit, -1, kernel / kernel.sum()))
    if kind < 0.5:
        share = rng.uniform(0.4, 0.9)
        small = cv2.resize(lit, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return np.clip(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)
    return lit
