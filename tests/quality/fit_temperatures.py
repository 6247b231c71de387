"""Fits the shipped models' temperatures on their validation photos, and measures them on others.

    python -m tests.quality.fit_temperatures ../shared/data --save

The test photos had no part in a training, in the choice of its best epoch, or in the temperature.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer
from core.images.decode import PREVIEW, Photo, read_file
from core.models.calibration import Reliability, fit_temperature, measure_reliability, to_card
from core.models.card import write_card
from core.models.network import softmax
from core.models.registry import find_model, list_models
from core.training.dataset import number_scenes, read_folder, split_by_scene
from core.training.grain_samples import (
    HELD_OUT_GROUNDS,
    TRAINING_GROUNDS,
    cut_out_composed,
    read_grain_stock,
)
from core.training.recipes.grain_classifier import GrainTrainingPlan
from core.validation.shortcut_models.shortcut_photos import compose_photos

_COMPOSED = 1_800  # test photos: of few, the error is mostly chance


@dataclass(frozen=True)
class Known:
    """Logits [N, C] of photos of known class, and which of them show the same scene."""

    logits: NDArray[np.float32]
    labels: NDArray[np.intp]
    scenes: NDArray[np.intp]

    def part(self, chosen: NDArray[np.bool_]) -> Known:
        """Some of them."""
        return Known(*(each[chosen] for each in vars(self).values()))

    def measure(self, temperature: float) -> Reliability:
        """How reliable the probabilities are with a temperature."""
        scores = softmax(self.logits / np.float32(temperature))
        return measure_reliability(scores, self.labels, self.scenes)


def heaps(explainer: Explainer, data: Path) -> tuple[Known, Known]:
    """Photos of heaps, split by scene as the model was trained."""
    photos = read_folder(data / "piles").photos
    parts = np.array(split_by_scene(photos, explainer.card.training["seed"]))
    known = _shown(
        explainer,
        [explainer.fit(read_file(photo.path, longest=PREVIEW)).pixels for photo in photos],
        [photo.label for photo in photos],
        number_scenes(photos),
    )
    return known.part(parts == "validation"), known.part(parts == "test")


def composed(explainer: Explainer, data: Path) -> tuple[Known, Known]:
    """Photos composed of grains, as a model with a shortcut was trained."""
    shortcut, seed = explainer.card.planted["cue"], explainer.card.training["seed"]
    found = []
    for split, count in (("validation", _COMPOSED // 2), ("test", _COMPOSED)):
        photos = compose_photos(data / "grains", shortcut, split, count, seed)
        pixels = [
            explainer.fit(Photo(each.rgb, "", each.rgb.shape[1::-1], "PNG")).pixels
            for each in photos
        ]
        found.append(_shown(explainer, pixels, [each.label for each in photos]))
    return found[0], found[1]


def grains(explainer: Explainer, data: Path) -> tuple[Known, Known]:
    """Grains as they are found in photos; the test's lie on grounds that it never saw."""
    plan, side, found = GrainTrainingPlan(), explainer.card.input.height, []
    for split, grounds, count, stream in (
        ("validation", TRAINING_GROUNDS, plan.validation, 1),
        ("test", HELD_OUT_GROUNDS, plan.test, 2),
    ):
        stock = read_grain_stock(data / "grains", split)
        images = cut_out_composed(stock, grounds, count, side, [plan.seed, stream])
        found.append(_shown(explainer, images.pixels, images.labels))
    return found[0], found[1]


def _shown(
    explainer: Explainer,
    pixels: Sequence[NDArray[np.uint8]] | NDArray[np.uint8],
    labels: Sequence[int] | NDArray[np.intp],
    scenes: Sequence[int] | None = None,
) -> Known:
    of_scene = np.arange(len(pixels)) if scenes is None else np.array(scenes)
    return Known(explainer.logits(np.stack(pixels)), np.array(labels), of_scene)


def main() -> None:
    """Print the errors before and after; with `--save` write the cards."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="with piles and grains")
    parser.add_argument("--save", action="store_true", help="write the models' cards")
    parser.add_argument("--models", nargs="+", default=list(list_models()), metavar="NAME")
    options = parser.parse_args()
    print("| model | temperature | photos, scenes | error before | by chance | after | by chance |")
    print("|---|---|---|---|---|---|---|")
    for name in options.models:
        explainer = open_explainer(find_model(name))
        card = explainer.card
        show = composed if card.planted else grains if card.grains else heaps
        validation, test = show(explainer, options.data)
        temperature = round(fit_temperature(validation.logits, validation.labels), 3)
        before, after = test.measure(1.0), test.measure(temperature)
        cells = [
            f"{each.error.value:.3f} ({each.error.low:.3f}–{each.error.high:.3f}), "
            f"Brier {each.brier.value:.3f} | {each.by_chance.value:.3f}"
            for each in (before, after)
        ]
        count = f"{len(test.labels)}, {len(np.unique(test.scenes))}"
        print(f"| {name} | {temperature} | {count} | {' | '.join(cells)} |", flush=True)
        if options.save:
            changed = replace(card, temperature=temperature, calibration=to_card(after))
            write_card(changed, find_model(name))


if __name__ == "__main__":
    main()
