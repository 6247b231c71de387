"""Cured training photos: each variety's rice in every other's place, light and quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError
from core.evidence.cutouts import CutOut, cut_out, lay_on
from core.images.decode import read_file
from core.images.encode import encode_jpeg
from core.images.photo_formats import EXTENSIONS
from core.images.preprocess import fit, place
from core.segmentation.rice_mask import find_rice
from core.synthetic.scenes import BACKGROUNDS, render_background
from core.texts import count_noun
from core.training.dataset import LabelledImages, LabelledPhoto
from core.utils.progress import Progress, silent

CURES = ("ground", "light", "sharpness", "compression")
"""What can be drawn independently of the class; borders and marks go with the ground."""

TIMES = 6
"""Cured photos of each photo."""

FINEST = 256
"""Side of the photos that rice is cut out of, in pixels, or more for a larger input: blocks of JPEG
in one as small as a small model's input would hide the grains, as they do in nobody's photos."""

_DRAWN = 0.2  # share of drawn or given grounds, in place of photos' own
_DRAWN_GROUNDS = 48
_FEWEST = 2  # photos of a class whose rice is surely found
_BLUR = 0.012  # of the side, at most
_QUALITIES = (12, 95)  # of JPEG, from and to
_UNTOUCHED = 0.3  # share that keeps its sharpness, or is not compressed

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class CutOuts:
    """Photos of known class, taken apart.

    Attributes:
        cuts: One for each photo whose rice is surely found.
        labels: The class of each, int [N].
    """

    cuts: tuple[CutOut, ...]
    labels: NDArray[np.intp]


def take_apart(
    names: tuple[str, ...],
    photos: Sequence[LabelledPhoto],
    side: int,
    geometry: str,
    progress: Progress = silent,
) -> CutOuts:
    """Cut the rice out of photos, in squares.

    Args:
        names: The classes.
        photos: Of each of them some.
        side: Of the squares, pixels.
        geometry: As `preprocess.GEOMETRIES`.
        progress: Wraps the photos, to show how far it is.

    Raises:
        TrainingError: If of a class too few photos' rice is surely found.
    """
    cuts, labels = [], []
    for number, photo in enumerate(progress(photos, "cutting out")):
        rgb = read_file(photo.path, longest=2 * side).rgb
        placement = place(rgb.shape[:2], (side, side), geometry)
        cut = cut_out(rgb, find_rice(rgb), placement, number)
        if cut is not None:
            cuts.append(cut)
            labels.append(photo.label)
    for label, name in enumerate(names):
        if labels.count(label) < _FEWEST:
            raise TrainingError(
                "rice_unsure",
                f"Only in {count_noun(labels.count(label), 'photo')} of {name} the rice is surely "
                f"found; to cure takes {_FEWEST} to train on and {_FEWEST} to choose by. Add "
                "photos in which the rice lies apart from a ground of another colour, or train "
                "without --cure.",
                name=name,
            )
    return CutOuts(tuple(cuts), np.array(labels, int))


def draw_cured(
    apart: CutOuts,
    cures: Sequence[str],
    seed: int,
    grounds: Sequence[Pixels] = (),
    times: int = TIMES,
    side: int | None = None,
) -> LabelledImages:
    """Draw photos in which what is cured says nothing of the class.

    For each photo of rice another one is drawn, of each class as often: the rice is laid in its
    place ("ground") and in its light ("light": it gets the mean colour of the rice that lay there),
    so that both occur with each class alike. A fifth lies on drawn grounds, or given ones.
    Sharpness and compression are drawn for the whole.

    Args:
        apart: From `take_apart`.
        cures: Of `CURES`.
        seed: Of all that is drawn.
        grounds: Other grounds, as large as the cut photos; drawn ones for none.
        times: Cured photos of each photo.
        side: Of the cured photos, in pixels; that of the cut ones for None. They are drawn as
            large as those, then shrunk.
    """
    rng = np.random.default_rng([seed, 77])
    fine = apart.cuts[0].pixels.shape[0]
    side = side or fine
    grounds = grounds or [
        render_background(BACKGROUNDS[number % len(BACKGROUNDS)], fine, fine, rng)
        for number in range(_DRAWN_GROUNDS)
    ]
    of_class = [np.flatnonzero(apart.labels == label) for label in np.unique(apart.labels)]
    pixels = np.empty((times * len(apart.cuts), side, side, 3), np.uint8)
    for row in range(len(pixels)):
        cut = apart.cuts[row // times]
        other = apart.cuts[rng.choice(of_class[rng.integers(len(of_class))])]
        ground, color = cut.ground, other.color if "light" in cures else None
        if "ground" in cures:
            drawn = other.ground is None or rng.random() < _DRAWN
            ground = grounds[int(rng.integers(len(grounds)))] if drawn else other.ground
        laid = lay_on(cut, cut.pixels if ground is None else ground, color)
        worse = _worsen(laid, cures, rng)
        pixels[row] = cv2.resize(worse, (side, side), interpolation=cv2.INTER_AREA)
    return LabelledImages(pixels, np.repeat(apart.labels, times))


def read_grounds(folder: Path, side: int) -> list[Pixels]:
    """Photos of grounds without rice, in squares: uint8 [side, side, 3] each.

    Raises:
        PhotoError: If one cannot be read.
        TrainingError: If there is none.
    """
    files = sorted(file for file in folder.glob("*") if file.suffix[1:].lower() in EXTENSIONS)
    if not files:
        raise TrainingError(
            "grounds_none", f"There are no photos of grounds in {folder}.", folder=str(folder)
        )
    read = (read_file(file, longest=2 * side).rgb for file in files)
    return [fit(rgb, place(rgb.shape[:2], (side, side), "crop")) for rgb in read]


def _worsen(pixels: Pixels, cures: Sequence[str], rng: np.random.Generator) -> Pixels:
    """Blur and compress a photo by lot."""
    side = len(pixels)
    if "sharpness" in cures and rng.random() > _UNTOUCHED:
        sigma = max(0.1, rng.uniform(0, _BLUR * side))
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)
    if "compression" in cures and rng.random() > _UNTOUCHED:
        data = np.frombuffer(encode_jpeg(pixels, int(rng.integers(*_QUALITIES))), np.uint8)
        pixels = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
    return pixels
