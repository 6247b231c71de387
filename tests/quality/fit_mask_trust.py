"""Fit when a mask may be relied on: `python -m tests.quality.fit_mask_trust --help`.

    python -m tests.quality.fit_mask_trust --photos DIR --without DIR --data DIR --grounds SOURCE

No photo here may be of a source that the segmenter was trained on: of these it is too sure. The
table says how it does on each source when it was fitted to all the others. With `--near FILE` it
stays near another trust, which was fitted to photos that are not at hand.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.images.resize import shrink_to
from core.segmentation.rice_mask import (
    CONFIDENT,
    FEATURES,
    FILE,
    MaskTrust,
    estimate_likelihood,
    read_trust,
)
from core.synthetic.camera import photograph
from core.synthetic.cloths import draw_cloth
from core.synthetic.composites import LAYOUTS
from core.synthetic.look_alikes import draw_rice_like
from core.synthetic.scenes import BACKGROUNDS
from tests.quality.measure_masks import (
    ENOUGH,
    Case,
    composed_photos,
    intersection_over_union,
    masked_photos,
    photos_without,
)
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

Floats = NDArray[np.float64]

GRAINS = range(400, 412)
"""Of each variety; `tests.bench.rice_masks` and the tests measure on others."""

_REAL = 3.0  # what a real photo of rice counts, beside one that was composed
_WITHOUT = 2.0  # what a photo without rice does: a mask there misleads most
_RIDGE = 0.005  # of each weight, as a share of all photos
_NEAR = 0.01  # the same, of how far it is from another trust's
_STEPS = 50


def own_photos(data: Path) -> Iterator[Case]:
    """Grains on our own grounds, near and far, shaded, rendered; bare grounds, drawings, noise."""
    grains, number = grains_of(data, GRAINS), 0
    for ground in BACKGROUNDS:
        shots = [composed(grains, ground, layout, seed) for layout in LAYOUTS for seed in (1, 2, 3)]
        heap = composed(grains, ground, "heap", 8)
        shots += [shaded(heap, number), *close_ups(composed(grains, ground, "heap", 4))]
        shots += [rendered(ground, layout, 5) for layout in ("scattered", "heap")]
        for shot in shots:
            yield Case(f"own_{(number := number + 1)}", f"own, {ground}", shot.rgb, shot.labels > 0)
        yield from _without("bare", [rendered(ground, "heap", seed, grains=0) for seed in (6, 7)])
    yield from _without("drawn", map(drawn, range(100, 140)))
    yield from _without("noise", map(noise, range(6)))


def look_alikes(grounds: Sequence[Case], count: int) -> Iterator[Case]:
    """Things that are long and round, on grounds, and photographed."""
    rng = np.random.default_rng(5)
    for number in range(count):
        ground = shrink_to(grounds[number % len(grounds)].rgb, 700)
        rgb = photograph(draw_rice_like(ground, rng), rng)
        yield Case(f"alike_{number}", "look-alikes", rgb, None)


def bare_cloths(count: int) -> Iterator[Case]:
    """Cloths without anything on them, photographed: their prints are no grains."""
    for number in range(count):
        rng = np.random.default_rng([number, 97])
        yield Case(f"cloth_{number}", "bare cloth", photograph(draw_cloth(700, rng), rng), None)


def drawn_cloths(count: int) -> list[Case]:
    """Cloths to lay grains on."""
    drawn = [draw_cloth(800, np.random.default_rng([number, 98])) for number in range(count)]
    return [Case(f"ground_{number}", "cloth", rgb, None) for number, rgb in enumerate(drawn)]


def _without(source: str, shots: Iterable[Shot]) -> Iterator[Case]:
    for number, shot in enumerate(shots):
        yield Case(f"{source}_{number}", source, shot.rgb, None)


def look_at(cases: Sequence[Case]) -> tuple[Floats, NDArray[np.bool_]]:
    """The features of each case's mask, [N, 7], and whether it is right, [N]."""
    features, right = [], []
    for case in tqdm(cases, desc="looking", disable=None):
        likelihood, own = estimate_likelihood(case.rgb)
        features.append(own[0])
        overlap = 0.0
        if case.truth is not None:
            size = case.truth.shape[1], case.truth.shape[0]
            overlap = intersection_over_union(cv2.resize(likelihood, size) >= 0.5, case.truth)
        right.append(overlap >= ENOUGH)
    return np.array(features), np.array(right)


def fit_trust(
    features: Floats, right: NDArray[np.bool_], weight: Floats, near: MaskTrust | None = None
) -> MaskTrust:
    """Logistic regression with a ridge, by Newton's method.

    Args:
        features: [N, K].
        right: Whether each mask is right, [N].
        weight: How much each counts, [N].
        near: What the ridge draws to; None for a trust that makes nothing of any feature.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    scaled = np.c_[(features - mean) / spread, np.ones(len(features))]
    ridge = _RIDGE * len(features) * np.r_[np.ones(features.shape[1]), 1e-6]
    start = np.zeros(scaled.shape[1])
    if near:
        ridge = _NEAR * len(features) * np.r_[np.ones(features.shape[1]), 0.2]
        start = np.r_[near.weights * spread, near.constant + near.weights @ mean]
    found = start.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-scaled @ found))
        slope = scaled.T @ (weight * (chance - right)) + ridge * (found - start)
        curve = (scaled.T * (weight * chance * (1 - chance))) @ scaled + np.diag(ridge)
        found -= np.linalg.solve(curve, slope)
    weights = found[:-1] / spread
    return MaskTrust(weights, float(found[-1] - weights @ mean))


def left_out_table(
    cases: Sequence[Case],
    features: Floats,
    right: NDArray[np.bool_],
    weight: Floats,
    near: MaskTrust | None = None,
) -> str:
    """Each source as a fit to the others sees it, and last all of them, in Markdown."""
    lines = [
        "| source | photos | right | relied on | of these wrong | right, not relied on |",
        "|---|---|---|---|---|---|",
    ]
    sources, rows = np.array([case.source for case in cases]), {}
    for source in dict.fromkeys(sources):
        own = sources == source
        trust = fit_trust(features[~own], right[~own], weight[~own], near)
        relied = np.array([trust.confidence(each) >= CONFIDENT for each in features[own]])
        good = right[own]
        of_each = own[own], good, relied, relied & ~good, good & ~relied
        rows[source] = np.sum(of_each, axis=1)
    rows["all"] = sum(rows.values())
    lines += [f"| {name} | " + " | ".join(map(str, row)) + " |" for name, row in rows.items()]
    return "\n".join(lines)


def main() -> int:
    """Fit, print the table, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--photos", type=Path, nargs="*", default=[], help="folders of photos with `masks`")
    add("--without", type=Path, nargs="*", default=[], help="folders of photos without rice")
    add("--data", type=Path, required=True, help="holds grains/VARIETY")
    add("--grounds", nargs="+", required=True, help="sources of --without that grains are laid on")
    add("--near", type=Path, metavar="FILE", help="a mask_trust.json to stay near")
    options = parser.parse_args()
    near = read_trust(options.near) if options.near else None
    real = [case for each in options.photos for case in masked_photos(each)]
    without = [case for each in options.without for case in photos_without(each)]
    grounds = [case for case in without if case.source in options.grounds]
    laid = [
        *composed_photos(options.data / "grains", grounds, 48, seed=3),
        *composed_photos(options.data / "grains", drawn_cloths(48), 48, seed=4),
    ]
    own = own_photos(options.data)
    cases = [*real, *laid, *own, *without, *look_alikes(grounds, 36), *bare_cloths(40)]
    features, right = look_at(cases)
    weight = np.where(np.arange(len(cases)) < len(real), _REAL, 1.0)
    weight[[case.truth is None for case in cases]] = _WITHOUT
    print(left_out_table(cases, features, right, weight, near))
    trust = fit_trust(features, right, weight, near)
    written = {"features": FEATURES, "weights": trust.weights.tolist(), "constant": trust.constant}
    FILE.write_text(json.dumps(written, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
