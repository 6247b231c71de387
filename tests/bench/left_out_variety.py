"""Whether a variety that a model never saw is unfamiliar to it: models trained without one.

Known are photos that the model was not trained on, of the varieties that it knows; unknown are
those of the one that was left out, in the same light on the same ground.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer
from core.images.decode import PREVIEW, read_file
from core.models.card import Card, Input, class_names
from core.synthetic.grain_cutouts import SPLITS, list_grain_files
from core.training.dataset import LabelledImages, PhotoFolder, read_folder, split_by_scene
from core.training.fit import Recipe, fit_model
from core.training.grain_network import SIZE, build_network
from core.training.grain_samples import VARIETIES, cut_out_single_grains
from core.training.recipes.grain_classifier import augment_cut_outs
from core.training.recipes.rice_classifier import DatasetInfo, train_rice_classifier
from core.training.trainer import save_trained
from tests.bench.unfamiliar import MEASURES, auroc, see_pixels

HEAPS = Recipe(size=64, epochs=12, patience=12)

GRAINS = Recipe(size=SIZE, weights="none", epochs=6, patience=6, batch=32)
"""The quickest trainings that are right on about nine of ten of what they were not trained on."""
_MOST = {"train": 200, "validation": 50, "test": 200}  # cut-outs of a variety


@dataclass(frozen=True)
class Trial:
    """A model that one variety was left out of, and photos in its size.

    Attributes:
        left_out: The variety.
        seed: Of training and split.
        explainer: The model.
        known: Photos that it learned from, or that its best epoch was chosen by.
        unseen: Photos of the same varieties that had no part in the training.
        unknown: uint8 [N, h, w, 3], photos of the variety that was left out.
    """

    left_out: str
    seed: int
    explainer: Explainer
    known: LabelledImages
    unseen: LabelledImages
    unknown: NDArray[np.uint8]


def heap_trials(piles: PhotoFolder, seed: int) -> Iterator[Trial]:
    """Train a model on photos of heaps without each variety in turn."""
    for left_out, name in enumerate(piles.names):
        kept = [each for each in range(len(piles.names)) if each != left_out]
        photos = tuple(
            replace(photo, label=kept.index(photo.label))
            for photo in piles.photos
            if photo.label != left_out
        )
        folder = PhotoFolder(tuple(piles.names[each] for each in kept), photos, ())
        recipe = replace(HEAPS, seed=seed)
        with TemporaryDirectory() as scratch:
            train_rice_classifier(folder, recipe, DatasetInfo(), Path(scratch, "model"))
            explainer = open_explainer(Path(scratch, "model"))

        def shown(files: list[Path], explainer: Explainer = explainer) -> NDArray[np.uint8]:
            return np.stack(
                [explainer.fit(read_file(file, longest=PREVIEW)).pixels for file in files]
            )

        seen = LabelledImages(
            shown([photo.path for photo in photos]), np.array([photo.label for photo in photos])
        )
        unknown = shown([photo.path for photo in piles.photos if photo.label == left_out])
        test = np.array(split_by_scene(photos, seed)) == "test"
        yield Trial(name, seed, explainer, _part(seen, ~test), _part(seen, test), unknown)


def grain_trials(folder: Path, seed: int) -> Iterator[Trial]:
    """Train a model on single grains without each variety in turn."""
    rng = np.random.default_rng(seed)
    every = {}
    for split in SPLITS:
        files = []
        for variety in VARIETIES:
            own = list_grain_files(folder, [variety], split)
            files += own[:: max(1, len(own) // _MOST[split])][: _MOST[split]]
        every[split] = cut_out_single_grains(files, SIZE, rng)
    for left_out, name in enumerate(VARIETIES):
        kept = [each for each in range(len(VARIETIES)) if each != left_out]
        parts = {
            split: LabelledImages(some.pixels, np.searchsorted(kept, some.labels))
            for split, images in every.items()
            for some in [_part(images, images.labels != left_out)]
        }
        recipe = replace(GRAINS, seed=seed)
        with TemporaryDirectory() as scratch:
            progress, out = Path(scratch, "progress"), Path(scratch, "model")
            progress.mkdir()
            model, history = fit_model(
                lambda: build_network(len(VARIETIES) - 1),
                parts["train"], parts["validation"], recipe, progress, augment_cut_outs,
            )  # fmt: skip
            names = [VARIETIES[each] for each in kept]
            card = Card(class_names(names), Input(SIZE, SIZE))
            save_trained(model, card, recipe, history, [], out)
            explainer = open_explainer(out)
        test = every["test"]
        unknown = test.pixels[test.labels == left_out]
        yield Trial(name, seed, explainer, parts["train"], parts["test"], unknown)


def _part(images: LabelledImages, chosen: NDArray[np.bool_]) -> LabelledImages:
    return LabelledImages(images.pixels[chosen], images.labels[chosen])


def leave_one_out(data: Path, kind: str, seeds: list[int]) -> None:
    """Print how well each measure tells a variety that the model was trained without."""
    trials: Callable[[int], Iterator[Trial]] = (
        partial(heap_trials, read_folder(data / "piles"))
        if kind == "heaps"
        else partial(grain_trials, data / "grains")
    )
    names = [measure.__name__.replace("_", " ") for measure in MEASURES]
    print(f"\n| {kind}: left out | seed | accuracy | {' | '.join(names)} |", flush=True)
    print("|" + "---|" * (3 + len(names)))
    rows = []
    for trial in (each for seed in seeds for each in trials(seed)):
        known, unseen = (
            see_pixels(trial.explainer, each.pixels, each.labels)
            for each in (trial.known, trial.unseen)
        )
        unknown = see_pixels(trial.explainer, trial.unknown)
        rows.append([auroc(m(known, unseen), m(known, unknown)) for m in MEASURES])
        accuracy = (unseen.logits.argmax(axis=1) == unseen.labels).mean()
        cells = " | ".join(f"{each:.3f}" for each in rows[-1])
        print(f"| {trial.left_out} | {trial.seed} | {accuracy:.3f} | {cells} |", flush=True)
    means = " | ".join(f"{each:.3f}" for each in np.mean(rows, axis=0))
    print(f"| **mean** | | | {means} |", flush=True)
