"""Lighting of a scene, and the camera that takes the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.floating[Any]]
Colour = tuple[float, float, float]

LIGHTS: tuple[str, ...] = ("flash", "room", "window")


@dataclass(frozen=True)
class Light:
    """One main light, the light from all around, and the camera's own traits.

    Attributes:
        direction: Unit vector towards the main light: x to the right, y down, z to the camera.
        key: Colour and strength of the main light, linear RGB.
        ambient: Colour and strength of the light from all around, linear RGB.
        vignette: How much darker the corners are, 0 to 1.
        phone: The phone's shadow as `(x, y, width, height, angle)`, in shares of the picture
            and radians; None where no phone is in the way.
        blur: Standard deviation of the lens blur in pixels.
        noise: Standard deviation of the sensor noise in grey levels.
    """

    direction: Colour
    key: Colour
    ambient: Colour
    vignette: float
    phone: tuple[float, float, float, float, float] | None
    blur: float
    noise: float


def sample_light(kind: str, rng: np.random.Generator) -> Light:
    """Draw the light of one picture.

    Args:
        kind: One of `LIGHTS`: "flash" is warm, frontal and leaves the corners dark; "room" is dim
            and cool, often with the phone's own shadow; "window" comes from the side, bright.
        rng: Where every choice comes from.

    Returns:
        The light.

    Raises:
        ValueError: If no such light exists.

    Example:
        >>> light = sample_light("window", np.random.default_rng(0))
        >>> light.phone is None, round(float(np.linalg.norm(light.direction)), 6)
        (True, 1.0)
    """
    around = rng.uniform(0, 2 * np.pi)
    phone = None
    if kind == "flash":
        height = rng.uniform(62, 80)
        warmth = np.array([1.0, 0.955, 0.6]) + rng.uniform(0, 1) * np.array([0, 0.01, 0.25])
        key = warmth * rng.uniform(0.45, 0.7)
        ambient = warmth * rng.uniform(0.2, 0.28)
        vignette = rng.uniform(0.1, 0.3)
        noise = rng.uniform(1, 2.5)
    elif kind == "room":
        height = rng.uniform(50, 75)
        cool = np.array([0.85, 0.92, 1.0]) + rng.uniform(-0.06, 0.06) * np.array([1, 0, -1])
        level = rng.uniform(0.4, 0.75)
        key, ambient = cool * level * 0.55, cool * level * 0.55
        vignette = rng.uniform(0.05, 0.22)
        noise = rng.uniform(1.5, 3.5)
        if rng.random() < 0.75:
            phone = _phone(rng)
    elif kind == "window":
        height = rng.uniform(34, 52)
        warm = np.array([1.0, 0.96, 0.89]) + rng.uniform(-0.3, 1) * np.array([0, 0.02, 0.08])
        key = warm * rng.uniform(0.8, 0.95)
        ambient = np.array([0.9, 0.96, 1.04]) * rng.uniform(0.28, 0.38)
        vignette = rng.uniform(0, 0.15)
        noise = rng.uniform(0.8, 2)
    else:
        raise ValueError(f"No light is called {kind!r}. Choose one of: {', '.join(LIGHTS)}.")
    height = np.deg2rad(height)
    return Light(
        direction=(
            float(np.cos(height) * np.cos(around)),
            float(np.cos(height) * np.sin(around)),
            float(np.sin(height)),
        ),
        key=_triple(key),
        ambient=_triple(ambient),
        vignette=float(vignette),
        phone=phone,
        blur=float(rng.uniform(0.35, 0.75)),
        noise=float(noise),
    )


def develop(linear: Image, light: Light, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Take the picture: phone shadow, vignette, blur, tone curve, noise.

    Args:
        linear: Light that reaches the camera, float32 `[H, W, 3]`, 1 is white.
        light: Where the shadow, the vignette, the blur and the noise are set.
        rng: Source of the noise.

    Returns:
        sRGB picture, uint8 `[H, W, 3]`.

    Example:
        >>> light = sample_light("room", np.random.default_rng(0))
        >>> develop(np.full((4, 6, 3), 0.25, np.float32), light, np.random.default_rng(0)).shape
        (4, 6, 3)
    """
    height, width = linear.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    exposed = linear * (1 - light.vignette * 0.5 * (x * x + y * y))[:, :, None]
    if light.phone is not None:
        exposed *= _phone_shadow(light.phone, height, width)
    exposed = np.asarray(cv2.GaussianBlur(exposed, (0, 0), light.blur))
    # A phone's shoulder: highlights bend over before they clip.
    bent = np.where(exposed > 0.7, 1 - 0.3 * np.exp((0.7 - exposed) / 0.3), exposed)
    # The square root stands for the sRGB curve (exponent 2 instead of 2.2), many times faster.
    picture = 255 * np.sqrt(np.maximum(bent, 0))
    grain = rng.standard_normal((height, width), dtype=np.float32)
    # Phones smooth their noise: it is softer than single pixels.
    soft = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.7)) * 2.5
    picture += (light.noise * soft)[:, :, None] * np.array([1.0, 0.85, 1.15], np.float32)
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def _triple(values: npt.NDArray[np.float64]) -> Colour:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _phone(rng: np.random.Generator) -> tuple[float, float, float, float, float]:
    """A phone that reaches in from the lower edge, now and then from a side."""
    wide, high = rng.uniform(0.5, 0.95), rng.uniform(0.6, 0.9)
    along, angle = rng.uniform(0.3, 0.7), rng.normal(0, 0.03)
    # Its rim lies between 45 and 75 % of the way down, its far end outside the picture.
    across = rng.uniform(0.45, 0.75) + high / 2
    if rng.random() < 0.8:
        return along, across, wide, high, angle
    return 1 - across, along, high, wide, angle


def _phone_shadow(
    phone: tuple[float, float, float, float, float], height: int, width: int
) -> Image:
    """How much light the phone lets through, float32 `[height, width, 3]`."""
    x, y, wide, high, angle = phone
    side = min(height, width)
    row, column = np.mgrid[:height, :width].astype(np.float32)
    across, down = column - x * width, row - y * height
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    corner = 0.06 * side
    u = np.abs(across * cos + down * sin) - wide * width / 2 + corner
    v = np.abs(down * cos - across * sin) - high * height / 2 + corner
    # Distance to a rectangle with round corners, negative inside.
    distance = np.hypot(np.maximum(u, 0), np.maximum(v, 0)) + np.minimum(np.maximum(u, v), 0)
    shade: Image = 1 / (1 + np.exp(np.clip((distance - corner) / (0.004 * side), -30, 30)))
    # What still arrives there has bounced off hands and walls: warmer than the lamp.
    left = np.array([0.3, 0.26, 0.2], np.float32)
    return 1 - shade[:, :, None] * (1 - left)
