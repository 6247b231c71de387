"""Renders one grain: outline, relief and shading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from core.synthetic.scenes.background import smooth_noise
from core.synthetic.scenes.light import Light
from core.synthetic.scenes.variety import Variety

Array = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Sprite:
    """A grain drawn once, ready to be laid into a picture.

    Attributes:
        variety: Name of its variety.
        paint: What it adds to `(red, green, blue, height, coverage)`, each already multiplied by
            how much of the pixel it covers; linear light, height in pixels; float32 `[h, w, 5]`.
        keep: What it leaves of the five values below it, 0 to 1, float32 `[h, w, 5]`.
        glow: How much of the blurred light from below it shows, 0 to 1, float32 `[h, w, 1]`.
        inside: Where the pixel's centre lies within the outline, bool `[h, w]`.
    """

    variety: str
    paint: Array
    keep: Array
    glow: Array
    inside: npt.NDArray[np.bool_]


def render_grains(
    variety: Variety,
    angles: Sequence[float] | Array,
    scale: float,
    light: Light,
    rng: np.random.Generator,
    *,
    tilt: float = 0.0,
    whole: bool = False,
) -> list[Sprite]:
    """Draw some grains, no two alike.

    Args:
        variety: What they are.
        angles: Direction of each grain's long axis, in radians, clockwise from the x axis.
        scale: Pixels per mm.
        light: What they are lit by.
        rng: Source of each grain's own size, shape, tint and texture.
        tilt: Standard deviation of how far they stand up from the table, in radians.
        whole: No broken grains.

    Returns:
        One sprite for each angle.

    Example:
        >>> from core.synthetic.scenes.light import sample_light
        >>> from core.synthetic.scenes.variety import VARIETIES
        >>> rng = np.random.default_rng(0)
        >>> sun = sample_light("window", rng)
        >>> (grain,) = render_grains(VARIETIES["Ketan"], [0.0], 8.0, sun, rng)
        >>> grain.inside.shape == grain.paint.shape[:2]
        True
    """
    shapes = _draw_shapes(variety, np.asarray(angles), scale, tilt, whole, rng)
    reach = int(np.ceil(np.max(shapes.half_length) + np.max(np.abs(shapes.bend)) + 3))
    size = 2 * reach + 1
    row, column = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    cos, sin = np.cos(shapes.angle)[:, None, None], np.sin(shapes.angle)[:, None, None]
    x, y = column * cos + row * sin, row * cos - column * sin
    # Most of each window is empty: from here on only the pixels near a grain, in one long row.
    wide = (shapes.half_width * (1 + np.abs(shapes.taper)) + np.abs(shapes.bend) + 2)[:, None, None]
    near = (np.abs(x) < shapes.half_length[:, None, None] + 2) & (np.abs(y) < wide)
    owner = np.nonzero(near)[0]
    shape = _Shapes(*(values[owner] for values in shapes))
    surface = _surface(shape, x[near], y[near], variety, rng)
    colour, opacity = _look(surface, owner, len(shapes.angle), variety, light, rng)

    amount = surface.coverage * opacity
    # What shines through a grain is mostly blurred: a mean of what lies below, not its outlines.
    glow = 0.75 * (surface.coverage - amount)
    values = np.empty((owner.size, 11), np.float32)
    values[:, :3] = colour * amount[:, None]
    values[:, 3] = surface.height * surface.coverage
    values[:, 4] = surface.coverage
    values[:, 5:8] = (1 - amount - glow)[:, None]
    values[:, 8:10] = (1 - surface.coverage)[:, None]
    values[:, 10] = glow
    windows = np.zeros((len(shapes.angle), size, size, 11), np.float32)
    windows[..., 5:10] = 1
    windows[near] = values
    inside = np.zeros(near.shape, np.bool_)
    inside[near] = surface.coverage > 0.5
    return [_trim(variety.name, *pair) for pair in zip(windows, inside, strict=True)]


class _Shapes(NamedTuple):
    """Shapes of grains in pixels and radians, one value per grain (later: per pixel)."""

    angle: Array
    half_length: Array
    half_width: Array
    lean: Array  # slope along the grain
    bend: Array  # how far the middle lies off the line between the tips
    taper: Array
    bluntness: Array
    cut: Array  # where it broke, as a share of the half length; 9 if whole
    cut_slope: Array
    germ: Array  # how deep the lost germ's bite is, in half-widths; below 0 there is none
    germ_angle: Array  # which way it faces


def _draw_shapes(
    variety: Variety,
    angles: Array,
    scale: float,
    tilt: float,
    whole: bool,
    rng: np.random.Generator,
) -> _Shapes:
    count = len(angles)

    def around_one(spread: float) -> Array:
        return 1 + spread * np.clip(rng.standard_normal(count), -2.5, 2.5)

    length = variety.length * scale * around_one(variety.spread)
    half_width = length / (variety.ratio * around_one(variety.spread)) / 2
    lean = np.clip(tilt * rng.standard_normal(count), -0.9, 0.9)
    is_broken = (rng.random(count) < variety.broken) & (not whole)
    shapes = _Shapes(
        angle=angles,
        half_length=length * np.cos(lean) / 2,
        half_width=half_width,
        lean=np.tan(lean),
        bend=variety.curve * length * around_one(0.5),
        taper=variety.taper * around_one(0.4),
        bluntness=variety.bluntness * around_one(variety.spread),
        cut=np.where(is_broken, rng.uniform(-0.35, 0.65, count), 9.0),
        cut_slope=rng.normal(0, 0.25, count),
        germ=variety.germ * rng.uniform(-0.4, 1.4, count),
        germ_angle=rng.choice([-1.0, 1.0], count) * rng.uniform(0.7, 1.1, count),
    )
    return _Shapes(*(values.astype(np.float32) for values in shapes))


class _Surface(NamedTuple):
    """The relief of grains, one value per pixel."""

    u: Array  # place along the grain, -1 to 1
    v: Array  # place across it, -1 to 1
    coverage: Array  # how much of the pixel the grain covers, 0 to 1
    round: Array  # 1 on the ridge, 0 on the outline
    normal: tuple[Array, Array, Array]
    height: Array  # above the table, in pixels
    ridges: Array  # lengthwise texture, around 0
    cloud: Array  # soft texture, around 0
    face: Array  # near 1 where it broke or lost the germ, 0 elsewhere
    broken: npt.NDArray[np.bool_]


def _surface(
    shape: _Shapes, x: Array, y: Array, variety: Variety, rng: np.random.Generator
) -> _Surface:
    half_length, half_width = shape.half_length, shape.half_width
    u = x / half_length
    y = y - shape.bend * (0.5 - u * u)
    width_here = half_width * np.maximum(1 - shape.taper * u, 0.2)
    v = y / width_here
    along = np.abs(u) ** shape.bluntness
    field = along + v * v  # 1 on the outline

    # Distance to the outline in pixels, positive inside: the field over its slope. First order in
    # size, exact in sign, so that a pixel half covered is one whose centre lies on the outline.
    slope_x = shape.bluntness * along / np.maximum(np.abs(x), 1e-3) * np.sign(x)
    slope_x += (
        v * (4 * shape.bend * u + 2 * v * half_width * shape.taper) / (half_length * width_here)
    )
    slope_y = 2 * v / width_here
    distance = (1 - field) / np.maximum(np.hypot(slope_x, slope_y), 1e-3)
    # The germ leaves an oblique, slightly hollow end: a wide circle cuts one corner off.
    hollow = 4 * half_width
    away = hollow - shape.germ * half_width
    bite = np.hypot(
        x - half_length - away * np.cos(shape.germ_angle), y - away * np.sin(shape.germ_angle)
    )
    bite = np.where(shape.germ > 0, bite - hollow, half_length)
    broken_face = half_length * shape.cut - x - shape.cut_slope * y
    off = np.minimum(bite, broken_face)
    # A smooth minimum (Quilez 2013): milling rounds the corners off.
    corner = 0.25 * half_width
    blend = np.maximum(corner - np.abs(distance - off), 0) / corner
    coverage = np.clip(np.minimum(distance, off) - blend * blend * corner / 4 + 0.5, 0, 1)

    # An elliptic cross-section, 0.8 times as thick as wide, with faint ridges along the grain.
    thick = 0.8 * half_width
    round_ = np.sqrt(np.clip(1 - field, 0, 1))
    steep = 0.5 * thick / np.maximum(round_, 0.25)
    fibre, cloud, wave = _texture(u, v, shape.angle, rng)
    ridges = np.sin(5.5 * v + 3 * wave) + 0.6 * np.sin(12 * v - 5 * wave) + 0.4 * fibre
    face = np.exp(-np.maximum(off, 0) / (0.18 * half_width))
    slope_x = slope_x * steep - shape.lean + 0.8 * face
    slope_y = slope_y * steep + 0.22 * variety.streak * ridges
    up = 1 / np.sqrt(slope_x * slope_x + slope_y * slope_y + 1)
    cos, sin = np.cos(shape.angle), np.sin(shape.angle)
    normal = ((slope_x * cos - slope_y * sin) * up, (slope_x * sin + slope_y * cos) * up, up)
    height = np.maximum(thick * (1 + round_) + 0.5 * x * shape.lean, 0)
    return _Surface(u, v, coverage, round_, normal, height, ridges, cloud, face, shape.cut < 2)


def _texture(
    u: Array, v: Array, own: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Lengthwise fibre, soft clouds and slow waves at places u (along) and v (across).

    `own` is a number that differs from grain to grain, so that each gets another texture.
    """
    high, wide = 192, 512
    shift = 1 + np.abs(np.sin(own * 91.7)) * 997
    column = (np.clip(u, -1.2, 1.2) * 40 + shift * 3) % wide
    row = (np.clip(v, -1.5, 1.5) * 20 + shift) % high
    # OpenCV wants no dimension above 32767.
    pad = -u.size % 512
    column, row = (np.pad(values, (0, pad)).reshape(-1, 512) for values in (column, row))

    def sample(noise: Array) -> Array:
        values = cv2.remap(noise, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        return np.asarray(values, np.float32).ravel()[: u.size]

    fibre = smooth_noise(rng, high, wide, (1.6, 14)) + 0.7 * smooth_noise(rng, high, wide, (1.1, 4))
    cloud = smooth_noise(rng, high, wide, (9, 16)) + 0.4 * smooth_noise(rng, high, wide, (3, 5))
    wave = smooth_noise(rng, high, wide, (40, 60))
    return sample(fibre), sample(cloud), sample(wave)


def _look(
    surface: _Surface,
    owner: npt.NDArray[np.intp],
    count: int,
    variety: Variety,
    light: Light,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Colour (linear, `[P, 3]`) and opacity (`[P]`) of each pixel."""

    def each(values: Array) -> Array:
        return values.astype(np.float32)[owner]

    # Material: a translucent body, white chalk in the core of some grains, a few white throughout.
    glassy = 1 - variety.opacity
    u, v = surface.u, surface.v
    core = np.exp(
        -(((u - each(rng.normal(0, 0.35, count))) / each(rng.uniform(0.15, 0.55, count))) ** 2)
        - ((v - each(rng.normal(0, 0.5, count))) / each(rng.uniform(0.3, 0.7, count))) ** 2
    )
    luck = rng.random(count)
    core *= each(np.where(luck < variety.chalky, rng.uniform(0.4, 1.0, count), 0.0))
    chalk = np.maximum(core, each(np.where(luck < variety.chalky / 6, 0.9, 0.0)))
    chalk = np.maximum(chalk, 0.5 * glassy * surface.face * surface.broken)
    clear = glassy * (1 - chalk) * (1.1 - 0.25 * surface.round - 0.1 * surface.cloud)
    opacity = np.clip(1 - clear, 0, 1)

    # Light: the body scatters it past the terminator, and glassy grains glow on the far side.
    normal_x, normal_y, normal_z = surface.normal
    light_x, light_y, light_z = light.direction
    sideways = normal_x * light_x + normal_y * light_y
    wrap = 0.5 + 0.6 * glassy
    lit = np.maximum((sideways + normal_z * light_z + wrap) / (1 + wrap), 0)
    lit += 1.1 * glassy * np.minimum(sideways, 0) ** 2
    ambient = 0.7 + 0.3 * normal_z + 0.9 * glassy * (1 - normal_z) ** 2
    # Highlight after Blinn: the normal against the direction halfway between light and camera.
    halfway = (sideways + normal_z * (light_z + 1)) / np.sqrt(2 + 2 * light_z)
    glint = variety.gloss * np.maximum(halfway, 0) ** 40 * np.maximum(1 + 0.5 * surface.ridges, 0)

    texture = 1 + 0.03 * variety.streak * surface.ridges * (0.4 + surface.round)
    texture += 0.022 * surface.cloud
    body = (np.array(variety.colour) / 255) ** 2
    bright, warm = rng.standard_normal((2, count, 1))
    tints = body * (1 + 0.05 * bright) * (1 + 0.02 * warm * np.array([0.6, 0, -1.6]))
    colour = np.empty((owner.size, 3), np.float32)
    for channel in range(3):
        own = each(np.minimum(tints[:, channel], 0.96))
        albedo = (own + chalk * (0.93 - own)) * texture
        shade = light.key[channel] * lit + light.ambient[channel] * ambient
        colour[:, channel] = albedo * shade + glint * light.key[channel]
    return colour, opacity


def _trim(name: str, window: Array, inside: npt.NDArray[np.bool_]) -> Sprite:
    """Cut the empty margin off, evenly on both sides so that the centre stays the centre."""
    touched = window[..., 4] > 0
    rows, columns = np.flatnonzero(touched.any(1)), np.flatnonzero(touched.any(0))
    half = touched.shape[0] // 2
    down = max(half - rows[0], rows[-1] - half)
    right = max(half - columns[0], columns[-1] - half)
    kept = np.s_[half - down : half + down + 1, half - right : half + right + 1]
    window = window[kept]
    paint, keep, glow = (np.ascontiguousarray(part) for part in np.split(window, [5, 10], axis=-1))
    return Sprite(name, paint, keep, glow, np.ascontiguousarray(inside[kept]))
