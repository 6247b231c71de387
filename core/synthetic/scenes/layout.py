"""Placement of grains: heaps, scattered grains, one grain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

Vector = npt.NDArray[np.float64]

LAYOUTS: tuple[str, ...] = ("heap", "scattered", "single")

# How many mm of the table the shorter side of the picture shows.
_VIEWS = {"heap": (58.0, 100.0), "scattered": (42.0, 75.0)}


@dataclass(frozen=True)
class Layout:
    """Places of grains, from the lowest to the topmost.

    Attributes:
        x: Columns of the centres in pixels, float64 `[N]`.
        y: Rows of the centres in pixels, float64 `[N]`.
        angle: Directions of the long axes in radians, float64 `[N]`.
        lift: What each lies on, in thicknesses of a grain above the table, float64 `[N]`.
    """

    x: Vector
    y: Vector
    angle: Vector
    lift: Vector


def sample_scale(kind: str, side: int, length: float, rng: np.random.Generator) -> float:
    """Draw how near the camera is.

    Args:
        kind: One of `LAYOUTS`.
        side: Shorter side of the picture in pixels.
        length: Mean length of a grain in mm.
        rng: Where the choice comes from.

    Returns:
        Pixels per mm.

    Raises:
        ValueError: If no such layout exists.

    Example:
        >>> 512 / 100 < sample_scale("heap", 512, 7.0, np.random.default_rng(0)) < 512 / 58
        True
    """
    if kind not in LAYOUTS:
        raise ValueError(f"No layout is called {kind!r}. Choose one of: {', '.join(LAYOUTS)}.")
    # A single grain fills the picture, whatever its length.
    nearest, farthest = _VIEWS.get(kind, (1.45 * length, 2.0 * length))
    return side / float(rng.uniform(nearest, farthest))


def sample_layout(
    kind: str,
    height: int,
    width: int,
    grain: tuple[float, float],
    rng: np.random.Generator,
    count: int | None = None,
) -> Layout:
    """Draw where grains lie.

    Args:
        kind: One of `LAYOUTS`.
        height: Height of the picture in pixels.
        width: Width of the picture in pixels.
        grain: Mean length and width of a grain in pixels.
        rng: Where every choice comes from.
        count: At most how many grains; None for as many as look natural.

    Returns:
        The places. Centres may lie a little outside the picture.

    Example:
        >>> sample_layout("single", 64, 64, (30.0, 10.0), np.random.default_rng(0)).x.size
        1
    """
    if kind == "heap":
        layout = _heap(height, width, grain, rng)
        if count is not None:
            from_middle = np.hypot(layout.x - width / 2, layout.y - height / 2)
            near = np.sort(np.argsort(from_middle, kind="stable")[:count])
            layout = Layout(layout.x[near], layout.y[near], layout.angle[near], layout.lift[near])
        return layout
    if kind == "scattered":
        return _scattered(height, width, grain, rng, count)
    places = 1 if count is None else min(count, 1)
    near_middle = rng.uniform(0.46, 0.54, (2, 1))[:, :places]
    turn = rng.uniform(0, 2 * np.pi, 1)[:places]
    return Layout(near_middle[0] * width, near_middle[1] * height, turn, np.zeros(places))


def _heap(height: int, width: int, grain: tuple[float, float], rng: np.random.Generator) -> Layout:
    outline = _outline(height, width, rng)
    layers = rng.uniform(1.5, 4.5)
    disorder = rng.uniform(0.15, 0.4)
    places = []
    for layer in range(int(np.ceil(layers))):
        fill = rng.uniform(1.45, 1.85) if layer == 0 else 1.15 * min(layers - layer, 1)
        x, y, angle = _bundles(height, width, grain, fill, disorder, rng)
        # Each layer is smaller than the one below: a heap slopes.
        within = outline(x, y) < 1 - 0.1 * layer + rng.normal(0, 0.02, x.size)
        lift = 0.75 * layer + rng.uniform(0, 0.45, x.size)
        place = np.stack([x, y, angle, lift])[:, within]
        places.append(place[:, rng.permutation(place.shape[1])])
    return Layout(*np.concatenate(places, axis=1))


def _bundles(
    height: int,
    width: int,
    grain: tuple[float, float],
    fill: float,
    disorder: float,
    rng: np.random.Generator,
) -> tuple[Vector, Vector, Vector]:
    """One layer: small groups of neighbours that lie alike, as poured grains do.

    The picture is divided among random points (a Voronoi diagram); around each of them lie rows of
    grains in one direction, more or less in order.
    """
    length, thick = grain
    size = 1.9 * length
    rows, columns = int(height / size) + 3, int(width / size) + 3
    middle_y, middle_x = np.mgrid[:rows, :columns].reshape(2, -1) - 0.75
    middle_x = (middle_x + rng.uniform(-0.5, 0.5, middle_x.size)) * size
    middle_y = (middle_y + rng.uniform(-0.5, 0.5, middle_y.size)) * size
    turn = rng.uniform(0, 2 * np.pi, middle_x.size)

    pitch_along, pitch_across = np.array([1.0, 1.18]) * (length, thick) / np.sqrt(fill)
    reach = 1.6 * size
    along = np.arange(-reach, reach, pitch_along)
    across = np.arange(-reach, reach, pitch_across)
    shape = (middle_x.size, across.size, along.size)
    # Each row slides along by itself: no bricks.
    slide = rng.uniform(0, pitch_along, (*shape[:2], 1))
    u = along + slide + rng.normal(0, 0.12, shape) * pitch_along
    v = across[:, None] + rng.normal(0, 0.12, shape) * pitch_across
    cos, sin = np.cos(turn)[:, None, None], np.sin(turn)[:, None, None]
    x = middle_x[:, None, None] + u * cos - v * sin
    y = middle_y[:, None, None] + u * sin + v * cos
    angle = turn[:, None, None] + disorder * rng.standard_normal(shape)
    angle = angle + np.pi * rng.integers(0, 2, shape)
    owner = np.broadcast_to(np.arange(middle_x.size)[:, None, None], shape)

    margin = length / 2
    near = (x > -margin) & (x < width + margin) & (y > -margin) & (y < height + margin)
    x, y, angle, owner = x[near], y[near], angle[near], owner[near]
    _, nearest = KDTree(np.stack([middle_x, middle_y], axis=1)).query(np.stack([x, y], axis=1))
    own = nearest == owner
    return x[own], y[own], angle[own]


def _outline(
    height: int, width: int, rng: np.random.Generator
) -> Callable[[Vector, Vector], Vector]:
    """Outline of a heap: a function of x and y that is below 1 inside it."""
    kind = rng.choice(["round", "square", "band", "full"], p=[0.3, 0.25, 0.2, 0.25])
    if kind == "full":
        return lambda x, y: np.zeros_like(x)
    side = min(height, width)
    middle_x, middle_y = (0.5 + rng.uniform(-0.06, 0.06, 2)) * (width, height)
    radius = rng.uniform(0.37, 0.47) * side * rng.uniform(0.9, 1.12, 2)
    # In a long picture the heap is longer too, though not by as much.
    radius *= (np.array([width, height]) / side) ** 0.7
    exponent = {"round": 2.0, "square": 5.0, "band": 8.0}[kind]
    if kind == "band":
        radius[rng.integers(2)] *= 9
    turn = rng.uniform(-0.12, 0.12)
    waves = [(k, rng.normal(0, 0.035), rng.uniform(0, 2 * np.pi)) for k in (2, 3, 4, 5)]

    def outline(x: Vector, y: Vector) -> Vector:
        across, down = x - middle_x, y - middle_y
        u = np.abs(across * np.cos(turn) + down * np.sin(turn)) / radius[0]
        v = np.abs(down * np.cos(turn) - across * np.sin(turn)) / radius[1]
        edge: Vector = (u**exponent + v**exponent) ** (1 / exponent)
        around = np.arctan2(down, across)
        for number, strength, phase in waves:
            edge = edge + strength * np.sin(number * around + phase)
        return edge

    return outline


def _scattered(
    height: int,
    width: int,
    grain: tuple[float, float],
    rng: np.random.Generator,
    count: int | None,
) -> Layout:
    length, thick = grain
    wanted = count
    if wanted is None:
        wanted = int(rng.uniform(0.08, 0.28) * height * width / (0.8 * length * thick))
    taken = np.zeros((height, width), np.uint8)
    axes = (int(length * 0.56) + 1, int(thick * 0.62) + 1)
    places: list[tuple[float, float, float, float]] = []
    for _ in range(6 * wanted):
        if len(places) == wanted:
            break
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        angle = rng.uniform(0, 2 * np.pi)
        # A few lie across others, as in a handful thrown on a table.
        lift = 0.6 if rng.random() < 0.05 else 0.0
        spot = np.array(
            cv2.ellipse2Poly((int(x), int(y)), axes, int(np.rad2deg(angle)), 0, 360, 20)
        )
        left, top = np.maximum(spot.min(0), 0)
        right, bottom = spot.max(0) + 1
        window = taken[top:bottom, left:right]
        shape = np.zeros_like(window)
        cv2.fillConvexPoly(shape, spot - (left, top), 1)
        if lift == 0 and bool((window & shape).any()):
            continue
        window |= shape
        places.append((x, y, angle, lift))
    table = np.array(places, np.float64).reshape(-1, 4)
    order = np.argsort(table[:, 3], kind="stable")
    return Layout(*table[order].T)
