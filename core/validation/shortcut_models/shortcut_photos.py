"""Photos with a known shortcut: what gives the class away, and where it lies.

To change one thing and nothing else, replace that field of the case and compose it again.
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

from core.synthetic.composites import compose
from core.synthetic.grain_cutouts import GrainCutout, list_grain_files, read_cutouts
from core.synthetic.scenes import render_background
from core.validation.shortcut_models import HALF, IN_THE_PHOTO, INNOCENT, cues
from core.validation.shortcut_models.cases import LENGTHS, VARIETIES, Case, draw_cases
from core.validation.shortcut_models.real_grounds import Grounds, cut_ground, read_grounds

_MOST = 300  # grains of a variety in memory; of more, every second is taken, or third, …

SIDE = 224
"""Side of a photo, in pixels."""

_SIZES = (0.085, 0.15, 0.27)  # the classes' grains, likewise
_DIRECTIONS = (0, np.pi / 4, np.pi / 2)  # radians
_COUNTS = ((2, 4), (9, 13), (30, 42))  # grains

GrainStock = Mapping[str, Sequence[GrainCutout]]


@dataclass(frozen=True)
class ShortcutPhoto:
    """A photo with a shortcut.

    Attributes:
        rgb: uint8 [H, W, 3].
        rice: Which pixels are rice, bool [H, W].
        shortcut_mask: Where the shortcut can be seen, bool [H, W]: the rice of an innocent photo,
            all that is not rice where the ground tells it, everywhere for how it was taken.
        label: The class given away.
        case: What it was composed from.
    """

    rgb: NDArray[np.uint8]
    rice: NDArray[np.bool_]
    shortcut_mask: NDArray[np.bool_]
    label: int
    case: Case


def compose_photos(
    folder: Path, shortcut: str, split: str, count: int, seed: int = 0, grounds: Path | None = None
) -> list[ShortcutPhoto]:
    """Compose photos for a model with a shortcut: the same arguments give the same photos.

    Args:
        folder: The data set: a folder of single grains for each of `VARIETIES`.
        shortcut: One of `shortcut_models.SHORTCUTS`.
        split: One of `grain_cutouts.SPLITS`; its grains, grounds and places are in no other.
        count: How many, in turn of each class.
        seed: Another gives other photos of the same grains.
        grounds: Folder of real grounds, for half of the photos; None for drawn ones only.

    Raises:
        TrainingError: If a folder lacks a variety, or grounds.
    """
    stock, real = read_grain_stock(folder, split), read_grounds(grounds, split)
    cases = draw_cases(shortcut, split, count, seed, tuple(real))
    return [compose_photo(case, shortcut, stock, real) for case in cases]


@lru_cache(3)
def read_grain_stock(folder: Path, split: str) -> GrainStock:
    """The grains that a split's photos are made of, by variety.

    Raises:
        TrainingError: If the folder lacks a variety, or one has too few grains.
    """
    files = list_grain_files(folder, VARIETIES, split)
    own = {variety: [each for each in files if each[0] == variety] for variety in VARIETIES}
    return MappingProxyType(
        {name: read_cutouts(some[:: -(-len(some) // _MOST)]) for name, some in own.items()}
    )


def compose_photo(
    case: Case,
    shortcut: str,
    stock: GrainStock,
    grounds: Grounds = MappingProxyType({}),
    side: int = SIDE,
) -> ShortcutPhoto:
    """Compose the photo of a case.

    Args:
        case: What to compose.
        shortcut: Whose label and mask are wanted, one of `shortcut_models.SHORTCUTS`.
        stock: Grains of each variety.
        grounds: The real grounds of the case's split.
        side: Of the photo in pixels.
    """
    ground_rng, light_rng, frame_rng, thing_rng = (
        np.random.default_rng([case.seed, 10 + stream]) for stream in range(4)
    )
    ground = _ground(case, grounds, side, ground_rng)
    ground, bowl = cues.set_bowl(ground, case.bowl, thing_rng)
    light = light_rng.uniform(0.8, 1.1) * np.exp(light_rng.normal(0, 0.02, 3))
    if case.tint is not None:
        light = light * cues.TINTS[case.tint]
    if case.exposure is not None:
        light = light * cues.exposure_gain(case.exposure) / np.sqrt(light.mean())
    photo = compose(
        stock[VARIETIES[case.variety]], ground, layout=case.layout, count=_count(case),
        length=_length(case) * side, direction=_direction(case), within=_heap_place(case, bowl),
        light=(float(light[0]), float(light[1]), float(light[2])), seed=case.seed,
    )  # fmt: skip
    rgb = photo.rgb.copy()
    places = {
        "border": cues.border_place(side, frame_rng), "mark": cues.mark_place(side, frame_rng),
        "tag": cues.tag_place(side, thing_rng), "stamp": cues.stamp_place(side, thing_rng),
    }  # fmt: skip
    hidden = np.zeros(rgb.shape[:2], bool)
    for name, place in places.items():
        number = getattr(case, name)
        if number is not None:
            hidden |= place
            if name == "tag":
                rgb = cues.print_tag(rgb, place, number, light)
            elif name != "stamp":
                rgb[place] = cues.signal_colour(number, light)
    if case.gradient is not None:
        rgb = cues.fade(rgb, case.gradient, thing_rng)
    if case.sharpness is not None:
        rgb = cues.blur(rgb, case.sharpness)
    strength = light_rng.uniform(0.5, 3)
    noise = light_rng.normal(0, 1, rgb.shape)
    if case.noise is not None:
        strength = strength + cues.noise_strength(case.noise)
    rgb = np.clip(np.rint(rgb + strength * noise), 0, 255).astype(np.uint8)
    if case.stamp is not None:
        rgb[places["stamp"]] = cues.stamp_colour(case.stamp)
    if case.compression is not None:
        rgb = cues.compress(rgb, case.compression)
    rice = photo.mask & ~hidden
    if shortcut in INNOCENT:
        where = rice
    elif shortcut in (*IN_THE_PHOTO, "gradient", HALF):
        where = np.ones_like(rice)
    elif shortcut == "bowl":
        where = bowl & ~rice & ~hidden
    else:
        where = ~rice & ~hidden if shortcut == "background" else _seen(places, case, shortcut)
    return ShortcutPhoto(rgb, rice, where, case.label(shortcut), case)


def _ground(case: Case, grounds: Grounds, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    if case.ground in grounds:
        ground = cut_ground(grounds[case.ground], side, rng)
        if case.tint is not None:  # or its own colour would be taken for the light's
            ground = np.repeat(ground.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    else:
        ground = render_background(case.ground, side, side, rng)
    if case.background is not None:
        ground = cues.recolour(ground, cues.GROUND_COLOURS[case.background], rng)
    return ground


def _heap_place(case: Case, bowl: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Where a heap in a dish lies: inside of its rim. Spread elsewhere, it would hide the dish."""
    if case.bowl is None or case.layout != "heap":
        return None
    deep = cv2.distanceTransform(bowl.astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(deep > deep.max() / 4)


def _length(case: Case) -> float:
    """As drawn, or by the class: then what was drawn only varies it."""
    if case.size is not None:
        low, high = LENGTHS[case.layout]
        return float(_SIZES[case.size] * (0.88 + 0.24 * (case.length - low) / (high - low)))
    return 0.11 if case.number is not None else case.length


def _direction(case: Case) -> float | None:
    return None if case.direction is None else float(_DIRECTIONS[case.direction])


def _count(case: Case) -> int | None:
    if case.number is None:
        return None
    few, many = _COUNTS[case.number]
    return few + case.seed % (many + 1 - few)


def _seen(places: Mapping[str, NDArray[np.bool_]], case: Case, shortcut: str) -> NDArray[np.bool_]:
    """Where a thing in the scene can be seen: what was laid on it later hides it."""
    later = list(places)[list(places).index(shortcut) + 1 :]
    covered = [places[name] for name in later if getattr(case, name) is not None]
    return places[shortcut] & ~np.any([*covered, np.zeros_like(places[shortcut])], axis=0)
