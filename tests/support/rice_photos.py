"""Photos with known rice, and photos of none: to fit the mask's judge and to measure it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.synthetic.composites import LAYOUTS, compose
from core.synthetic.grain_cutouts import GrainCutout, list_grain_files, read_cutouts
from core.synthetic.scenes import BACKGROUNDS, LIGHTS, render_background, render_scene
from core.synthetic.scenes.light import develop, sample_light

VARIETIES = "Arborio", "Basmati", "Ipsala", "Jasmine", "Karacadag"

# Length of a grain as a share of the photo's shorter side, from and to.
_LENGTH = {
    "scattered": (0.08, 0.17),
    "touching": (0.08, 0.15),
    "heap": (0.05, 0.11),
    "single": (0.35, 0.6),
}
_SIZES = (384, 384), (384, 512), (512, 384)


@dataclass(frozen=True)
class Shot:
    """A photo and its answer.

    Attributes:
        rgb: uint8 [H, W, 3].
        labels: Which grain a pixel shows, int32 [H, W]; 0 for none.
        ground: What it lies on.
        layout: How it lies; "none" where there is no rice.
        light: One of `LIGHTS`, or "plain".
    """

    rgb: NDArray[np.uint8]
    labels: NDArray[np.int32]
    ground: str
    layout: str
    light: str


def grains_of(data: Path, numbers: range) -> dict[str, list[GrainCutout]]:
    """Some grains of each variety in the data set, cut out."""
    some = slice(numbers.start, numbers.stop, numbers.step)
    return {
        name: read_cutouts(list_grain_files(data / "grains", [name], "train")[some])
        for name in VARIETIES
    }


def composed(
    grains: dict[str, list[GrainCutout]], ground: str, layout: str, seed: int, enlarge: float = 1
) -> Shot:
    """Real grains of one variety on a ground of our own making, three in four under a light."""
    rng = np.random.default_rng([seed, BACKGROUNDS.index(ground), LAYOUTS.index(layout)])
    high, wide = (round(enlarge * side) for side in _SIZES[rng.integers(3)])
    made = compose(
        grains[VARIETIES[rng.integers(5)]],
        ground,
        layout=layout,
        length=float(rng.uniform(*_LENGTH[layout])) * min(high, wide),
        size=(high, wide),
        seed=int(rng.integers(10**6)),
        count=int(rng.integers(12, 40)) if layout == "touching" else None,
    )
    light = (*LIGHTS, "plain")[rng.integers(4)]
    return Shot(_lit(made.rgb, light, rng), made.labels, ground, layout, light)


def close_ups(heap: Shot) -> Iterator[Shot]:
    """A heap again: as a band from edge to edge, and so near that it fills the photo."""
    rows, columns = np.nonzero(heap.labels)
    y, x = int(rows.mean()), int(columns.mean())
    reach = int(0.39 * np.sqrt(rows.size))
    high, wide = np.s_[max(y - reach, 0) : y + reach], np.s_[max(x - reach, 0) : x + reach]
    for layout, part in ("band", np.s_[:, wide]), ("full", np.s_[high, wide]):
        yield Shot(heap.rgb[part], heap.labels[part], heap.ground, layout, heap.light)


def close_to(single: Shot) -> Shot:
    """A photo of one grain again, from so near that it fills the photo."""
    rows, columns = np.nonzero(single.labels)
    y, x = (int(rows.min() + rows.max()) // 2, int(columns.min() + columns.max()) // 2)
    reach = int(0.6 * max(np.ptp(rows), np.ptp(columns)))
    part = np.s_[max(y - reach, 0) : y + reach, max(x - reach, 0) : x + reach]
    rgb = np.ascontiguousarray(single.rgb[part])
    return Shot(rgb, single.labels[part], single.ground, "close", single.light)


def shaded(shot: Shot, seed: int) -> Shot:
    """A photo again, with a hand's or a phone's shadow over one side: darker, of another colour."""
    rng = np.random.default_rng([seed, 11])
    high, wide = shot.labels.shape
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:high, :wide] - np.array([high, wide]).reshape(2, 1, 1) / 2
    reach = (np.cos(angle) * x + np.sin(angle) * y) / min(high, wide)
    edge = rng.uniform(-0.15, 0.2), rng.uniform(0.004, 0.04)
    shade = np.clip((reach - edge[0]) / edge[1], 0, 1)[..., None]
    colour = rng.uniform(0.12, 0.45) * np.exp(rng.normal(0, 0.12, 3))
    linear = (shot.rgb / np.float32(255)) ** 2.2 * (1 - shade * (1 - colour))
    rgb = np.rint(255 * linear ** (1 / 2.2)).astype(np.uint8)
    return Shot(rgb, shot.labels, shot.ground, shot.layout, "shadow")


def rendered(ground: str, layout: str, seed: int, grains: int | None = None) -> Shot:
    """A rendered scene; the empty ground for no grains."""
    variety = ("Basmati", "IR64", "Ketan")[seed % 3]
    scene = render_scene(
        variety, layout=layout, background=ground, height=384, width=384, seed=seed, grains=grains
    )
    return Shot(scene.rgb, scene.labels, ground, "none" if grains == 0 else layout, scene.light)


def drawn(seed: int) -> Shot:
    """Something that is not rice: balls, cards, text, sticks, plates, tiles, leaves, hills."""
    rng = np.random.default_rng([seed, 7])
    high, wide = _SIZES[rng.integers(3)]
    picture = np.full((high, wide, 3), rng.integers(0, 256, 3), np.uint8)
    if rng.random() < 0.7:
        picture = render_background(BACKGROUNDS[rng.integers(7)], high, wide, rng)
    name = tuple(_DRAWINGS)[rng.integers(len(_DRAWINGS))]
    picture = np.ascontiguousarray(picture)
    picture = _DRAWINGS[name](picture, rng)
    light = LIGHTS[rng.integers(3)]
    nothing = np.zeros((high, wide), np.int32)
    return Shot(_lit(picture, light, rng), nothing, name, "none", light)


def noise(seed: int) -> Shot:
    """Nothing but noise, fine or coarse, faint or strong, grey or coloured."""
    rng = np.random.default_rng([seed, 13])
    high, wide = _SIZES[rng.integers(3)]
    coarse = int(rng.choice([1, 1, 2, 3]))
    values = rng.normal(
        0, rng.uniform(10, 90), (high // coarse, wide // coarse, rng.choice([1, 3]))
    )
    values = cv2.resize(values, (wide, high)).reshape(high, wide, -1) + rng.uniform(60, 190, 3)
    rgb = np.clip(values, 0, 255).astype(np.uint8)
    return Shot(rgb, np.zeros((high, wide), np.int32), "noise", "none", "plain")


def _lit(rgb: NDArray[np.uint8], light: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    if light == "plain":
        return rgb
    lamp = sample_light(light, rng)
    colour = np.array(lamp.key) * lamp.direction[2] + np.array(lamp.ambient)
    return develop((rgb / np.float32(255)) ** 2 * colour.astype(np.float32), lamp, rng)


def _colour(rng: np.random.Generator, strong: bool = False) -> tuple[int, ...]:
    if not strong:
        return tuple(int(value) for value in rng.integers(0, 256, 3))
    hsv = np.uint8([[[rng.integers(180), rng.integers(140, 256), rng.integers(60, 256)]]])
    return tuple(int(value) for value in cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0])


def _spot(picture: Any, rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(picture.shape[1])), int(rng.integers(picture.shape[0]))


def _balls(picture: Any, rng: np.random.Generator) -> Any:
    for _ in range(rng.integers(1, 40)):
        axes, turn = rng.integers(8, 40, 2), int(rng.integers(180))
        colour = _colour(rng, strong=True)
        cv2.ellipse(picture, _spot(picture, rng), axes, turn, 0, 360, colour, -1, cv2.LINE_AA)
    return picture


def _cards(picture: Any, rng: np.random.Generator) -> Any:
    for _ in range(rng.integers(1, 8)):
        card = _spot(picture, rng), rng.integers(40, 300, 2).tolist(), float(rng.integers(90))
        cv2.fillPoly(picture, [cv2.boxPoints(card).astype(np.int32)], _colour(rng), cv2.LINE_AA)
    return picture


def _text(picture: Any, rng: np.random.Generator) -> Any:
    for _ in range(rng.integers(3, 20)):
        word = "".join(chr(letter) for letter in rng.integers(97, 123, rng.integers(5, 25)))
        x, y = _spot(picture, rng)
        size, font = float(rng.uniform(0.5, 2)), int(rng.integers(8))
        thick = int(rng.integers(1, 4))
        cv2.putText(picture, word, (x // 3, y), font, size, _colour(rng), thick, cv2.LINE_AA)
    return picture


def _hills(picture: Any, rng: np.random.Generator) -> Any:
    high, wide = picture.shape[:2]
    horizon = int(rng.uniform(0.3, 0.7) * high)
    down = np.linspace(0, 1, horizon)[:, None, None]
    picture[:horizon] = down * _colour(rng) + (1 - down) * _colour(rng)
    rough = cv2.resize(rng.normal(0, 25, (high // 6, wide // 6, 3)), (wide, high))
    picture[horizon:] = np.clip(_colour(rng, strong=True) + rough[horizon:], 0, 255)
    return picture


def _sticks(picture: Any, rng: np.random.Generator) -> Any:
    for _ in range(rng.integers(1, 25)):
        ends = _spot(picture, rng), _spot(picture, rng)
        cv2.line(picture, *ends, _colour(rng), int(rng.integers(1, 9)), cv2.LINE_AA)
    return picture


def _clouds(picture: Any, rng: np.random.Generator) -> Any:
    size = picture.shape[1::-1]
    noise = sum(
        cv2.resize(
            rng.normal(0, 30 / 2**k, (4 * 2**k, 4 * 2**k, 3)), size, interpolation=cv2.INTER_CUBIC
        )
        for k in range(6)
    )
    return np.clip(_colour(rng) + noise, 0, 255).astype(np.uint8)


def _leaves(picture: Any, rng: np.random.Generator) -> Any:
    coarse = rng.normal(0, 1, (int(rng.integers(6, 40)),) * 2)
    field = cv2.resize(coarse, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    picture[field > rng.uniform(0.3, 1.2)] = _colour(rng)
    return picture


def _plates(picture: Any, rng: np.random.Generator) -> Any:
    for _ in range(rng.integers(1, 4)):
        middle, reach = _spot(picture, rng), int(rng.integers(60, 180))
        cv2.circle(picture, middle, reach, _colour(rng), -1, cv2.LINE_AA)
        thick = int(rng.integers(2, 20))
        cv2.circle(picture, middle, int(0.7 * reach), _colour(rng), thick, cv2.LINE_AA)
    return picture


def _tiles(picture: Any, rng: np.random.Generator) -> Any:
    side, joint, colour = int(rng.integers(20, 90)), int(rng.integers(2, 6)), _colour(rng)
    for row, y in enumerate(range(0, picture.shape[0], side)):
        for x in range(row % 2 * side, picture.shape[1], 2 * side):
            tile = np.clip(np.array(colour) + rng.normal(0, 12), 0, 255)
            picture[y : y + side - joint, x : x + 2 * side - joint] = tile
    return picture


def _clutter(picture: Any, rng: np.random.Generator) -> Any:
    for _ in range(int(rng.integers(4, 12))):
        picture = (_cards, _sticks, _plates, _text, _balls)[rng.integers(5)](picture, rng)
    return picture


_DRAWINGS = {
    "balls": _balls,
    "cards": _cards,
    "text": _text,
    "hills": _hills,
    "sticks": _sticks,
    "clouds": _clouds,
    "leaves": _leaves,
    "plates": _plates,
    "tiles": _tiles,
    "clutter": _clutter,
}
