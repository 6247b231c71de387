"""Renders a whole photo of rice from numbers and a seed, with exact labels of every grain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.synthetic.scenes.background import render_background
from core.synthetic.scenes.grain import Sprite, render_grains
from core.synthetic.scenes.layout import Layout, sample_layout, sample_scale
from core.synthetic.scenes.light import LIGHTS, Light, develop, sample_light
from core.synthetic.scenes.variety import VARIETIES, Variety

Image = npt.NDArray[np.floating[Any]]

# Near enough for all varieties, in mm: how high a grain stands, how far its shadow reaches.
_THICKNESS = 1.6

# How many different grains are drawn for a picture; a heap shows each of them several times, in
# other places, brightnesses and depths.
_BANK = {"heap": 90, "scattered": 48}


@dataclass(frozen=True)
class Scene:
    """A rendered photo and what is in it.

    Attributes:
        rgb: sRGB picture, uint8 `[H, W, 3]`.
        labels: Which grain a pixel shows, int32 `[H, W]`: 0 is background, k the k-th grain.
        varieties: The variety of each visible grain: `varieties[k - 1]` is that of grain k.
        layout: How the grains lie, one of `LAYOUTS`.
        background: What they lie on, one of `BACKGROUNDS`; "own" for a picture that was given.
        light: What lights them, one of `LIGHTS`.
        seed: What it was drawn from.
    """

    rgb: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int32]
    varieties: tuple[str, ...]
    layout: str
    background: str
    light: str
    seed: int

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """Which pixels are rice (covered by half or more), bool `[H, W]`."""
        return self.labels > 0


def render_scene(
    variety: str | Variety | Sequence[str | Variety],
    *,
    layout: str = "heap",
    background: str | npt.NDArray[np.uint8] = "dark table",
    light: str | None = None,
    height: int = 512,
    width: int = 512,
    seed: int = 0,
    grains: int | None = None,
) -> Scene:
    """Render a photo of rice. The same arguments give the same bytes.

    Table, light and noise have seeds of their own: with another variety or another number of
    grains they stay as they were. `grains=0` gives the empty table.

    Args:
        variety: A name from `VARIETIES`, a `Variety` of your own, or several for an even mixture.
        layout: One of `LAYOUTS`.
        background: One of `BACKGROUNDS`, or a picture of your own, evenly lit, uint8
            `[height, width, 3]`.
        light: One of `LIGHTS`, or None to let the seed choose.
        height: Height in pixels.
        width: Width in pixels.
        seed: Whole number from 0 from which everything else is drawn.
        grains: At most how many grains to lay down, or None for as many as look natural.

    Returns:
        The photo and its labels. Hidden grains are not counted.

    Raises:
        ValueError: If a name is unknown; the message lists the known ones.

    Example:
        >>> scene = render_scene("Basmati", layout="scattered", height=64, width=96, seed=1)
        >>> scene.rgb.shape, set(scene.varieties)
        ((64, 96, 3), {'Basmati'})
    """
    kinds = _varieties(variety)
    light_rng, table_rng, grain_rng, place_rng, noise_rng = (
        np.random.default_rng([seed, stream]) for stream in range(5)
    )
    light = light or LIGHTS[light_rng.integers(len(LIGHTS))]
    lamp = sample_light(light, light_rng)
    length, thick = np.mean([(kind.length, kind.length / kind.ratio) for kind in kinds], axis=0)
    scale = sample_scale(layout, min(height, width), length, place_rng)
    places = sample_layout(
        layout, height, width, (length * scale, thick * scale), place_rng, grains
    )
    table = background
    if isinstance(table, str):
        table = render_background(table, height, width, table_rng)
    sprites = _pick_sprites(kinds, layout, places, scale, lamp, grain_rng)

    brightness = 1 + 0.035 * grain_rng.standard_normal(len(sprites))
    canvas, labels = _lay(table, lamp, sprites, brightness, places, _THICKNESS * scale)
    picture = canvas[..., :3] * _shade(canvas[..., 3].copy(), lamp, _THICKNESS * scale)
    # Rice passes light on to its neighbours: a heap has less contrast than its grains.
    spread = _blur(picture, 0.6 * _THICKNESS * scale)
    picture += 0.2 * canvas[..., 4:] * (spread - picture)

    rgb = develop(picture, lamp, noise_rng)
    numbers, seen = _renumber(labels, len(sprites))
    names = tuple(sprites[index].variety for index in seen)
    called = background if isinstance(background, str) else "own"
    return Scene(rgb, numbers, names, layout, called, light, seed)


def _varieties(variety: str | Variety | Sequence[str | Variety]) -> list[Variety]:
    wanted = [variety] if isinstance(variety, (str, Variety)) else list(variety)
    if not wanted:
        raise ValueError(f"No variety was named. Choose from: {', '.join(VARIETIES)}.")
    for one in wanted:
        if isinstance(one, str) and one not in VARIETIES:
            raise ValueError(
                f"No variety is called {one!r}. Choose from: {', '.join(VARIETIES)}, "
                "or describe your own as a Variety."
            )
    return [VARIETIES[one] if isinstance(one, str) else one for one in wanted]


def _pick_sprites(
    kinds: list[Variety],
    layout: str,
    places: Layout,
    scale: float,
    light: Light,
    rng: np.random.Generator,
) -> list[Sprite]:
    """A grain for each place: of any of the varieties, in about the direction of the place."""
    count = places.angle.size
    which = rng.integers(len(kinds), size=count)
    if layout == "single":
        return [
            render_grains(kinds[kind], [angle], scale, light, rng, whole=True)[0]
            for kind, angle in zip(which, places.angle, strict=True)
        ]
    share = -(-_BANK[layout] // len(kinds))
    angles = (np.arange(share) + rng.random((len(kinds), share))) * 2 * np.pi / share
    tilt = 0.3 if layout == "heap" else 0.0
    banks = [
        render_grains(kind, own, scale, light, rng, tilt=tilt)
        for kind, own in zip(kinds, angles, strict=True)
    ]
    turn = np.floor(places.angle / (2 * np.pi) * share).astype(int) % share
    return [banks[kind][index] for kind, index in zip(which, turn, strict=True)]


def _lay(
    table: npt.NDArray[np.uint8],
    light: Light,
    sprites: list[Sprite],
    brightness: npt.NDArray[np.float64],
    places: Layout,
    thickness: float,
) -> tuple[Image, npt.NDArray[np.int32]]:
    """Lay grain upon grain onto the table.

    Returns:
        Red, green, blue (linear light), height and coverage, float32 `[H, W, 5]`; and the number
        of the grain that each pixel shows, int32 `[H, W]`.
    """
    height, width = table.shape[:2]
    sizes = np.array([sprite.inside.shape for sprite in sprites], int).reshape(-1, 2)
    tops = np.rint(places.y).astype(int) - sizes[:, 0] // 2
    lefts = np.rint(places.x).astype(int) - sizes[:, 1] // 2
    ends = np.stack([-tops, -lefts, tops + sizes[:, 0] - height, lefts + sizes[:, 1] - width])
    # Room around the picture for grains that stick out of it.
    margin = max(int(ends.max(initial=0)), 0)
    wide_table = np.pad(table, ((margin, margin), (margin, margin), (0, 0)), "edge")
    on_table = np.array(light.key) * light.direction[2] + np.array(light.ambient)
    canvas = np.zeros((*wide_table.shape[:2], 5), np.float32)
    canvas[..., :3] = (wide_table / np.float32(255)) ** 2 * on_table.astype(np.float32)
    labels = np.zeros(canvas.shape[:2], np.int32)
    gains = np.ones((len(sprites), 5), np.float32)
    gains[:, :3] = brightness[:, None]
    lifts = (places.lift * thickness).astype(np.float32)
    for index, sprite in enumerate(sprites):
        high, wide = sprite.inside.shape
        top, left = tops[index] + margin, lefts[index] + margin
        spot = np.s_[top : top + high, left : left + wide]
        below = canvas[spot]
        through = sprite.glow * below[high // 2, wide // 2, :3]
        below *= sprite.keep
        below += sprite.paint * gains[index]
        below[..., :3] += through
        below[..., 3] += sprite.paint[..., 4] * lifts[index]
        np.copyto(labels[spot], index + 1, where=sprite.inside)
    # Two grains side by side can fill half a pixel whose centre neither of them covers.
    shared = (labels == 0) & (canvas[..., 4] >= 0.5)
    labels[shared] = cv2.dilate(labels.astype(np.float32), np.ones((3, 3)))[shared]
    inner = np.s_[margin : margin + height, margin : margin + width]
    return canvas[inner], labels[inner]


def _renumber(
    labels: npt.NDArray[np.int32], count: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.intp]]:
    """Number the grains that can be seen 1, 2, 3 …; also tell which of all grains they are."""
    shown = np.bincount(labels.ravel(), minlength=count + 1) > 0
    shown[0] = False
    numbers = np.cumsum(shown).astype(np.int32)
    numbers[0] = 0
    return numbers[labels], np.flatnonzero(shown[1:])


def _shade(relief: Image, light: Light, thickness: float) -> Image:
    """How much light reaches each place, float32 `[H, W, 3]`, 1 where nothing is in the way.

    Args:
        relief: Height above the table in pixels, float32 `[H, W]`.
        light: Where the main light stands, and how strong it is against the light all around.
        thickness: Thickness of a grain in pixels.
    """
    # Light from all around: the deeper below its surroundings, the less of it.
    near = np.maximum(_blur(relief, 0.35 * thickness) - relief, 0)
    wide = np.maximum(_blur(relief, 1.1 * thickness) - relief, 0)
    buried = (0.3 * near + 0.38 * wide) / thickness

    # Main light: a place is dark if, towards the light, the relief rises above the ray.
    light_x, light_y, light_z = light.direction
    flat = float(np.hypot(light_x, light_y))
    height, width = relief.shape
    blocker = relief.copy()
    for reach in np.linspace(0, 2.2 * thickness * flat / light_z, 9)[1:]:
        right, down = round(reach * light_x / flat), round(reach * light_y / flat)
        place = np.array([[1, 0, right], [0, 1, down]], np.float64)
        moved = cv2.warpAffine(
            relief,
            place,
            (width, height),
            flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        np.maximum(blocker, moved - np.float32(reach * light_z / flat), out=blocker)
    dark = np.clip((blocker - relief) / (0.35 * thickness), 0, 1)
    soft = _blur(dark, max(0.12 * thickness, 0.6))

    shade = np.empty((height, width, 3), np.float32)
    # Light that still reaches a gap has gone through rice: it is warmer.
    for channel, warmth in enumerate((0.9, 1.0, 1.25)):
        direct = light.key[channel] * light_z
        share = direct / (direct + light.ambient[channel])
        shade[..., channel] = np.exp(-warmth * buried) * (1 - 0.7 * share * soft)
    return shade


def _blur(image: Image, sigma: float) -> Image:
    """Gaussian blur; a wide one is done on a smaller copy, which looks the same and is quick."""
    shrink = min(max(int(sigma / 3), 1), *image.shape[:2])
    if shrink == 1:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma))
    height, width = image.shape[:2]
    small = cv2.resize(
        image, (-(-width // shrink), -(-height // shrink)), interpolation=cv2.INTER_AREA
    )
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
