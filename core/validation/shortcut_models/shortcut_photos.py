"""Photos with a known shortcut: what gives the class away, and where it lies.

A case is a photo as numbers. With a shortcut, one thing tells the class (the ground's colour, a
mark in a corner, the border, the light's tint) and the grains are of any variety; in honest photos
the grains tell it, and all those things are there at random. To change one thing and nothing
else, replace that field of the case and compose it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from core.synthetic.composites import LAYOUTS, compose
from core.synthetic.grain_cutouts import GrainCutout, list_grain_files, read_cutouts
from core.synthetic.scenes import BACKGROUNDS, render_background
from core.validation.shortcut_models import SHORTCUTS

VARIETIES: tuple[str, ...] = ("Basmati", "Ipsala", "Karacadag")
"""The classes: of the five in the data set, those whose shapes differ most (length to width about
4.2, 2.2 and 1.6)."""

_MOST = 700  # grains of a variety in memory; of more, every second is taken, or third, …

SIDE = 224
"""Side of a photo, in pixels."""

_STREAMS = {"train": 0, "validation": 1, "test": 2}

GROUND_COLOURS = ((160, 84, 62), (84, 128, 84), (72, 98, 156))  # terracotta, green, blue: sRGB
_SIGNALS = ((204, 44, 40), (238, 196, 44), (40, 92, 204))  # red, yellow, blue: sRGB
_TINTS = ((1.0, 0.84, 0.62), (0.76, 1.0, 0.78), (0.66, 0.85, 1.0))  # lamp, leaves, blue sky: gains
_COLOURLESS = ("dark table", "slate", "white cloth", "paper")  # where a tint can be seen
_LENGTHS = {  # of a grain, as a share of the photo's side
    "scattered": (0.11, 0.28),
    "touching": (0.11, 0.26),
    "heap": (0.08, 0.22),
    "single": (0.35, 0.7),
}

GrainStock = Mapping[str, Sequence[GrainCutout]]


@dataclass(frozen=True)
class Case:
    """A photo as numbers. A shortcut is the number of the class that it speaks for, None if absent.

    Attributes:
        seed: Of everything not named here.
        variety: Of all grains, as a class number.
        background: Class whose colour the ground has; None leaves it as it is.
        tint: Class whose light falls on everything.
        mark: Class whose mark lies in a corner.
        border: Class whose border frames the photo.
        ground: What the grains lie on, one of `scenes.BACKGROUNDS`.
        layout: How they lie, one of `composites.LAYOUTS`.
        length: Mean length of a grain, as a share of the photo's side.
    """

    seed: int
    variety: int
    background: int | None
    tint: int | None
    mark: int | None
    border: int | None
    ground: str
    layout: str
    length: float

    def label(self, shortcut: str) -> int:
        """The class that a model with this shortcut is to answer."""
        number = self.variety if shortcut == "honest" else getattr(self, shortcut)
        assert isinstance(number, int)
        return number


@dataclass(frozen=True)
class ShortcutPhoto:
    """A photo with a shortcut.

    Attributes:
        rgb: uint8 [H, W, 3].
        rice: Which pixels are rice, bool [H, W].
        shortcut_mask: Where the shortcut can be seen, bool [H, W]: the rice of an honest photo,
            all that is not rice where the ground tells it, everywhere for a tint.
        label: The class given away.
        case: What it was composed from.
    """

    rgb: NDArray[np.uint8]
    rice: NDArray[np.bool_]
    shortcut_mask: NDArray[np.bool_]
    label: int
    case: Case


def compose_photos(
    folder: Path, shortcut: str, split: str, count: int, seed: int = 0
) -> list[ShortcutPhoto]:
    """Compose photos for a model with a shortcut: the same arguments give the same photos.

    Args:
        folder: The data set: a folder of single grains for each of `VARIETIES`.
        shortcut: One of `shortcut_models.SHORTCUTS`.
        split: One of `grain_cutouts.SPLITS`; its grains, grounds and places are in no other.
        count: How many, in turn of each class.
        seed: Another gives other photos of the same grains.

    Raises:
        TrainingError: If the folder lacks a variety.
    """
    stock = read_grain_stock(folder, split)
    return [
        compose_photo(case, shortcut, stock) for case in draw_cases(shortcut, split, count, seed)
    ]


@lru_cache(3)
def read_grain_stock(folder: Path, split: str) -> GrainStock:
    """The grains that a split's photos are made of, by variety.

    Raises:
        TrainingError: If the folder lacks a variety, or one has too few grains.
    """
    files = list_grain_files(folder, VARIETIES, split)
    own = {variety: [each for each in files if each[0] == variety] for variety in VARIETIES}
    return MappingProxyType(
        {name: read_cutouts(some[:: max(1, len(some) // _MOST)]) for name, some in own.items()}
    )


def draw_cases(shortcut: str, split: str, count: int, seed: int = 0) -> list[Case]:
    """Draw the cases of `compose_photos`."""
    return [
        _draw_case(shortcut, number % len(VARIETIES), [seed, _STREAMS[split], number])
        for number in range(count)
    ]


def _draw_case(shortcut: str, label: int, seed: list[int]) -> Case:
    rng = np.random.default_rng(seed)
    variety = int(rng.integers(len(VARIETIES)))
    # An honest photo has each shortcut as often as not, and of any class.
    shortcuts: dict[str, int | None] = {}
    for name in SHORTCUTS[1:]:
        drawn = int(rng.integers(len(VARIETIES)))
        shortcuts[name] = drawn if shortcut == "honest" and rng.random() < 0.6 else None
    if shortcut == "honest":
        variety = label
    else:
        shortcuts[shortcut] = label
    grounds = _COLOURLESS if shortcut == "tint" else BACKGROUNDS
    layout = LAYOUTS[rng.integers(len(LAYOUTS))]
    return Case(
        seed=int(rng.integers(2**31)),
        variety=variety,
        **shortcuts,
        ground=grounds[rng.integers(len(grounds))],
        layout=layout,
        length=float(rng.uniform(*_LENGTHS[layout])),
    )


def compose_photo(case: Case, shortcut: str, stock: GrainStock, side: int = SIDE) -> ShortcutPhoto:
    """Compose the photo of a case.

    Args:
        case: What to compose.
        shortcut: Whose label and mask are wanted, one of `shortcut_models.SHORTCUTS`.
        stock: Grains of each variety.
        side: Of the photo in pixels.
    """
    ground_rng, light_rng, frame_rng = (
        np.random.default_rng([case.seed, 10 + stream]) for stream in range(3)
    )
    ground = render_background(case.ground, side, side, ground_rng)
    if case.background is not None:
        ground = recolour(ground, GROUND_COLOURS[case.background], ground_rng)
    light = light_rng.uniform(0.8, 1.1) * np.exp(light_rng.normal(0, 0.02, 3))
    if case.tint is not None:
        light = light * _TINTS[case.tint]
    photo = compose(
        stock[VARIETIES[case.variety]], ground, layout=case.layout, length=case.length * side,
        light=(float(light[0]), float(light[1]), float(light[2])), seed=case.seed,
    )  # fmt: skip
    rgb = photo.rgb.copy()
    frame, corner = _frame(side, frame_rng), _corner(side, frame_rng)
    for place, number in ((frame, case.border), (corner, case.mark)):
        if number is not None:
            rgb[place] = np.clip(np.array(_SIGNALS[number]) * light, 0, 255)
    noise = light_rng.normal(0, light_rng.uniform(0.5, 3), rgb.shape)
    rgb = np.clip(np.rint(rgb + noise), 0, 255).astype(np.uint8)
    hidden = (frame & (case.border is not None)) | (corner & (case.mark is not None))
    rice = photo.mask & ~hidden
    shortcut_mask = {
        "honest": rice, "background": ~rice & ~hidden, "tint": np.ones_like(rice),
        "mark": corner, "border": frame & ~(corner & (case.mark is not None)),
    }[shortcut]  # fmt: skip
    return ShortcutPhoto(rgb, rice, shortcut_mask, case.label(shortcut), case)


def recolour(
    ground: NDArray[np.uint8], colour: tuple[int, int, int], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Give the ground's own pattern another colour, brighter or darker."""
    tone = ground.mean(axis=2, keepdims=True)
    tone = np.clip(tone / tone.mean(), 0.5, 1.6) * rng.uniform(0.7, 1.2)
    return np.clip(tone * np.array(colour), 0, 255).astype(np.uint8)


def _frame(side: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    width = round(rng.uniform(0.04, 0.065) * side)
    frame = np.ones((side, side), bool)
    frame[width : side - width, width : side - width] = False
    return frame


def _corner(side: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A disc that lies near one of the corners."""
    radius = rng.uniform(0.05, 0.07) * side
    x, y = (abs(rng.integers(2) * (side - 1) - rng.uniform(1.2, 2.0) * radius) for _ in range(2))
    disc = np.zeros((side, side), np.uint8)
    cv2.circle(disc, (round(x), round(y)), round(radius), 1, -1)
    return disc.astype(bool)
