"""`python -m tests.bench.rice_fit DATA`: fit `MaskQuality` of `core.segmentation.rice_mask`, write
core/segmentation/mask_quality.json.

No network and no descent: two ridge regressions, and a logistic curve on photos that these have not
seen. All are composed of other grains, with other seeds, than those it is measured on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import core.segmentation.rice_mask as rice
from core.segmentation.rice_features import SUBSETS, Palette, color_features
from core.synthetic.composites import LAYOUTS
from core.synthetic.scenes import BACKGROUNDS
from core.synthetic.scenes.layout import LAYOUTS as SCENE_LAYOUTS
from core.validation.shortcut_models import SHORTCUTS
from core.validation.shortcut_models.shortcut_photos import compose_photos as planted_photos
from tests.support.rice_photos import (
    Shot,
    close_ups,
    composed,
    drawn,
    grains_of,
    noise,
    rendered,
    shaded,
)

GRAINS, SEEDS = range(60), range(20)
OTHER_GRAINS, OTHER_SEEDS = range(400, 460), range(3000, 3015)
PLANTED = 60  # photos of each planted cue

_DARK = "dark table", "slate", "wood", "blue cloth"
# In a hard shadow rice on patterned cloth is past telling, and spoils what is learned without one.
_PLAIN = *_DARK, "white cloth", "paper"
_RIDGE = 0.01  # of each weight, in units of its own information
_OFTEN = 40  # of each photo, the best and the most tempting subsets among those fitted to


@dataclass
class Case:
    """One photo as the fit sees it."""

    photo: Palette
    features: NDArray[np.float64]
    overlap: NDArray[np.float64]  # of each of `SUBSETS` with the rice, [4094]
    known: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def all_features(self, tried: NDArray[np.intp]) -> NDArray[np.float64]:
        """As `rice.all_features`, each subset looked at once."""
        new = np.array([each for each in tried if each not in self.known], np.intp)
        if new.size:
            self.known |= zip(new, rice.all_features(self.photo, self.features, new), strict=True)
        return np.array([self.known[each] for each in tried])


def photos(data: Path) -> Iterator[Shot]:
    """What is fitted to: rice composed, rendered, near, in shadow; grounds, drawings, noise."""
    grains = grains_of(data, GRAINS)
    for seed in SEEDS:
        for ground in BACKGROUNDS:
            for layout in LAYOUTS:
                shot = composed(grains, ground, layout, seed)
                yield shot
                # On a pale ground nobody can tell whether a photo is full of rice or of ground.
                if layout == "heap" and ground in _DARK:
                    yield from close_ups(shot)
                if layout == "heap" and ground in _PLAIN:
                    yield shaded(shot, seed)
            if seed < 6:
                for layout in SCENE_LAYOUTS:
                    yield rendered(ground, layout, 11 * seed)
            yield rendered(ground, "scattered", 200 + seed, grains=0)
        yield from (drawn(16 * seed + number) for number in range(16))
        yield noise(seed)
    yield from _planted(data, PLANTED, seed=1)


def others(data: Path) -> Iterator[Shot]:
    """What the confidence is calibrated on: other grains, other seeds, fewer of each kind."""
    grains = grains_of(data, OTHER_GRAINS)
    for seed in OTHER_SEEDS:
        for ground in BACKGROUNDS:
            yield from (composed(grains, ground, layout, seed) for layout in LAYOUTS)
            if ground in _PLAIN:
                yield shaded(composed(grains, ground, "heap", seed), seed)
        if seed < OTHER_SEEDS[5]:
            for ground in BACKGROUNDS:
                yield from (rendered(ground, layout, 11 * seed) for layout in SCENE_LAYOUTS)
        yield from (drawn(16 * seed + number) for number in range(6))
        yield noise(seed)
        yield rendered(BACKGROUNDS[seed % len(BACKGROUNDS)], "scattered", 200 + seed, grains=0)
    yield from _planted(data, 50, seed=2)


def _planted(data: Path, count: int, seed: int) -> Iterator[Shot]:
    """Small photos with marks, frames and tinted light; the trial's are of other grains."""
    for cue in SHORTCUTS:
        for made in planted_photos(data / "grains", cue, "train", count, seed):
            labels = made.rice.astype(np.int32)
            yield Shot(made.rgb, labels, made.case.ground, made.case.layout, cue)


def case(shot: Shot) -> Case:
    """A photo reduced, with the features and the true overlap of every subset."""
    photo, true = _seen(shot)
    count = np.bincount(photo.index.ravel(), minlength=SUBSETS.shape[1])
    hit = np.bincount(photo.index.ravel(), true.ravel(), minlength=SUBSETS.shape[1])
    shared = SUBSETS @ hit
    return Case(photo, color_features(photo), shared / (SUBSETS @ count + true.sum() - shared))


def fit(cases: list[Case]) -> rice.MaskQuality:
    """The `MaskQuality` that these cases make."""
    rng = np.random.default_rng(0)
    with_rice = [each for each in cases if each.overlap.max() > 0]
    rows = [np.r_[_top(each.overlap), rng.choice(len(SUBSETS), 160)] for each in with_rice]
    quick = _within(with_rice, rows)
    # Again with what tempted it.
    rows = [
        np.r_[own, _top(each.features @ quick)] for each, own in zip(with_rice, rows, strict=True)
    ]
    quick = _within(with_rice, rows)

    features, overlap, weights = [], [], []
    for each in cases:
        seen = np.unique(np.r_[_top(each.features @ quick), _top(each.overlap)[:8]])
        if each.overlap.max() > 0:
            seen = np.unique(np.r_[seen, rng.choice(len(SUBSETS), 12)])
        features.append(each.all_features(seen))
        overlap.append(each.overlap[seen])
        weights.append((0.1 + overlap[-1]) / (0.1 + overlap[-1]).sum())
    x, y, w = np.concatenate(features), np.concatenate(overlap), np.concatenate(weights)
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = np.clip((x - mean) / spread, -3, 3)
    first, second = np.triu_indices(z.shape[1])
    constant, solved = _ridge(np.c_[z, z[:, first] * z[:, second]], y, w)
    square = np.zeros((z.shape[1],) * 2)
    square[first, second] = solved[z.shape[1] :]
    return rice.MaskQuality(
        quick, mean, spread, constant, solved[: z.shape[1]], (square + square.T) / 2, np.zeros(5)
    )


def calibrated(quality: rice.MaskQuality, shots: Iterable[Shot]) -> rice.MaskQuality:
    """With the logistic curve to a mask's chance of 0.8, on photos not fitted to."""
    rows, right = [], []
    for shot in shots:
        photo, true = _seen(shot)
        likelihood, features = rice.estimate_likelihood(photo, quality)
        mask = likelihood >= 0.5
        rows.append(np.r_[features, 1.0])
        right.append((mask & true).sum() >= 0.8 * max((mask | true).sum(), 1))
    a, y = np.array(rows), np.array(right)
    trust = np.zeros(a.shape[1])
    for _ in range(30):  # Newton's method
        chance = 1 / (1 + np.exp(-a @ trust))
        slope = (a * (chance * (1 - chance))[:, None]).T @ a + 1e-3 * np.eye(len(trust))
        trust += np.linalg.solve(slope, a.T @ (y - chance) - 1e-3 * trust)
    return replace(quality, trust=trust)


def _seen(shot: Shot) -> tuple[Palette, NDArray[np.bool_]]:
    """What is looked at of a photo, and where the rice is in it."""
    seen = rice.prepare_view(shot.rgb)
    cover = (shot.labels > 0).astype(np.float32)
    cover = cv2.resize(cover, seen.size[::-1], interpolation=cv2.INTER_AREA)
    return seen.palette, np.asarray(cover[seen.place] > 0.5)


def _top(values: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.argsort(-values)[:_OFTEN]


def _within(cases: list[Case], rows: list[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Weights of the features of colour that tell a photo's subsets apart, photo by photo."""
    x, y, w = [], [], []
    for each, own in zip(cases, rows, strict=True):
        weight = 0.1 + each.overlap[own]
        weight /= weight.sum()
        x.append(each.features[own] - weight @ each.features[own])
        y.append(each.overlap[own] - weight @ each.overlap[own])
        w.append(weight)
    return _ridge(np.concatenate(x), np.concatenate(y), np.concatenate(w))[1]


def _ridge(x: NDArray, y: NDArray, weight: NDArray) -> tuple[float, NDArray[np.float64]]:
    """Constant and weights of a weighted ridge regression."""
    middle, level = weight @ x / weight.sum(), weight @ y / weight.sum()
    x = x - middle
    inner = (x * weight[:, None]).T @ x
    scale = np.sqrt(np.diag(inner) + 1e-9)
    inner = inner / scale / scale[:, None] + _RIDGE * np.eye(len(scale))
    solved = np.linalg.solve(inner, (x * weight[:, None]).T @ (y - level) / scale) / scale
    return float(level - middle @ solved), solved


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="holds grains/<variety>/*.jpg")
    data = parser.parse_args().data
    cases = [case(shot) for shot in photos(data)]
    quality = calibrated(fit(cases), others(data))
    values = {name: np.round(value, 5).tolist() for name, value in vars(quality).items()}
    rice.FILE.write_text(json.dumps(values) + "\n", "utf-8")
    print(f"Fitted to {len(cases)} photos: {rice.FILE.name}.")


if __name__ == "__main__":
    main()
