"""Which measure tells photos that are unlike all that a model learned from: a bench of six.

After OpenOOD (Yang et al. 2022, arXiv 2210.07242): known are heaps of scenes that the models were
not trained on; unknown are photos without rice, and other varieties. Figures are of half of the
sources of photos without rice; all of them were looked at while the measure was made.

    python -m tests.bench.familiarity ../shared/data --save

With `--leave-one-out`, unknown is a variety that a small model was trained without, on the same
ground, in the same light.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import rankdata

from core.explain.explainer import Explainer
from core.explain.familiarity import LIMIT, describe_looks, learn_familiarity
from core.explain.learn_familiarity import save_familiarity
from core.explain.open_explainer import open_explainer
from core.images.decode import PREVIEW, Photo, read_file
from core.models.registry import find_model
from core.synthetic.grain_cutouts import list_grain_files
from core.training.dataset import number_scenes, read_folder, split_by_scene
from core.training.fit import Recipe
from core.training.grain_samples import (
    TRAINING_GROUNDS,
    VARIETIES,
    cut_out_composed,
    cut_out_single_grains,
    read_grain_stock,
)
from core.training.recipes.rice_classifier import save_known_photos
from core.validation.shortcut_models.rendered_scenes import render_training_scene
from core.validation.shortcut_models.shortcut_photos import compose_photos
from core.validation.shortcut_models.train import PLANS
from tests.bench.left_out_variety import Trial, grain_trials, heap_trials

ASSETS = Path(__file__).resolve().parents[2] / "assets"
RECIPES = {"rice-64": Recipe(size=64), "rice-224": Recipe(size=224, rendered=60)}
"""As the models were trained, for what decides on their photos."""

COMPOSED = ("demo-a", "demo-b", "grains-64")
"""The models that learned from photos composed of grains."""

_COMPOSED, _RENDERED = 450, 50  # composed photos, rendered ones of each class
_GRAINS = 30  # single grains of each variety
_SPACE = 64  # dimensions of ViM's principal space, of fewer photos than its paper has
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """Photos as a model sees them: logits [N, C], pooled [N, K], looks [N, 11], and the classes."""

    logits: Floats
    pooled: Floats
    looks: Floats
    labels: NDArray[np.intp]

    def part(self, chosen: NDArray[np.bool_]) -> Seen:
        """Some of them."""
        return Seen(*(each[chosen] for each in vars(self).values()))


def see(explainer: Explainer, files: list[Path], labels: list[int] | None = None) -> Seen:
    """Show photos to a model."""
    logits, pooled, looks = [], [], []
    for file in files:
        pixels = explainer.fit(read_file(file, longest=PREVIEW)).pixels[None]
        found = explainer.forward(explainer.prepare(pixels))
        logits.append(found.logits[0])
        pooled.append(found.activations[0].mean(axis=(0, 1)))
        looks.append(describe_looks(pixels)[0])
    arrays = (np.array(each, float) for each in (logits, pooled, looks))
    return Seen(*arrays, np.array(labels if labels else [0] * len(files)))


def see_pixels(
    explainer: Explainer, pixels: NDArray[np.uint8], labels: NDArray[np.intp] | None = None
) -> Seen:
    """Show photos in its own size to a model, uint8 [N, h, w, 3]."""
    arrays = (explainer.logits(pixels), explainer.pool(pixels), describe_looks(pixels))
    found = (each.astype(float) for each in arrays)
    return Seen(*found, np.zeros(len(pixels), int) if labels is None else labels)


def _unit(pooled: Floats) -> Floats:
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def _precision(residuals: Floats) -> Callable[[Floats], Floats]:
    """Squared length under a covariance that is shrunk (Ledoit and Wolf 2004)."""
    count, size = residuals.shape
    _, singular, axes = np.linalg.svd(residuals, full_matrices=False)
    variances = singular**2 / count
    mean, squares = variances.sum() / size, (variances**2).sum()
    noise = ((residuals**2).sum(axis=1) ** 2).sum() / count - squares
    share = min(1.0, noise / count / (squares - size * mean**2))
    along, across = 1 / ((1 - share) * variances + share * mean), 1 / (share * mean)

    def squared(rows: Floats) -> Floats:
        on = (rows @ axes.T) ** 2
        return on @ along + across * ((rows**2).sum(axis=1) - on.sum(axis=1))

    return squared


def probability(known: Seen, asked: Seen) -> Floats:
    """Maximum probability (Hendrycks and Gimpel 2017, arXiv 1610.02136)."""
    return logsumexp(asked.logits, axis=1) - asked.logits.max(axis=1)


def energy(known: Seen, asked: Seen) -> Floats:
    """Energy (Liu et al. 2020, arXiv 2010.03759)."""
    return -logsumexp(asked.logits, axis=1)


def mahalanobis(known: Seen, asked: Seen) -> Floats:
    """To the nearest class, one covariance for all (Lee et al. 2018, arXiv 1807.03888)."""
    rows, new = _unit(known.pooled), _unit(asked.pooled)
    means = np.array([rows[known.labels == each].mean(axis=0) for each in set(known.labels)])
    squared = _precision(rows - means[known.labels])
    return np.min([squared(new - mean) for mean in means], axis=0)


def virtual_logit(known: Seen, asked: Seen) -> Floats:
    """ViM: what lies out of the principal space, beside the logits (Wang et al. 2022, 2203.10807).

    Centred on the mean of what is known.
    """
    centre = known.pooled.mean(axis=0)
    _, _, axes = np.linalg.svd(known.pooled - centre, full_matrices=False)

    def outside(seen: Seen) -> Floats:
        rows = seen.pooled - centre
        return np.linalg.norm(rows - rows @ axes[:_SPACE].T @ axes[:_SPACE], axis=1)

    scale = known.logits.max(axis=1).mean() / outside(known).mean()
    return scale * outside(asked) - logsumexp(asked.logits, axis=1)


def neighbour(known: Seen, asked: Seen) -> Floats:
    """Distance to the nearest known photo (Sun et al. 2022, arXiv 2204.06507)."""
    cosines = _unit(asked.pooled) @ _unit(known.pooled).T
    return np.sqrt(np.maximum(0, 2 - 2 * cosines.max(axis=1)))


def neighbour_and_looks(known: Seen, asked: Seen) -> Floats:
    """The same with colours, contrast and sharpness, as `core.explain.familiarity` has it."""
    scenes = range(len(known.pooled))
    learned = learn_familiarity("", known.pooled, known.looks, scenes)
    assert learned
    return -learned.measure_numbers(asked.pooled, asked.looks)


MEASURES = (
    *(probability, energy, mahalanobis, virtual_logit, neighbour),
    neighbour_and_looks,
)


def auroc(known: Floats, unknown: Floats) -> float:
    """How often an unknown photo is ranked as stranger than a known one."""
    ranks = rankdata(np.concatenate([known, unknown]))[len(known) :].sum()
    return float((ranks - len(unknown) * (len(unknown) + 1) / 2) / len(known) / len(unknown))


def flagged(known: Floats, unknown: Floats) -> float:
    """Share of unknown photos that are flagged where 5 % of the known ones are."""
    return float((unknown > np.quantile(known, 0.95)).mean())


def save_composed(name: str, grains: Path) -> None:
    """Write what some of the photos look like to a model that learned from grains.

    A few hundred of its training photos, composed anew of the same grains, keep the file small.
    """
    explainer = open_explainer(find_model(name))
    if explainer.card.grains:
        files = list_grain_files(grains, VARIETIES, "train")[::17]
        rng, side = np.random.default_rng(0), explainer.card.input.height
        alone = cut_out_single_grains(files, side, rng)
        stock = read_grain_stock(grains, "train")
        pixels = (alone + cut_out_composed(stock, TRAINING_GROUNDS, 15, side, [0, 0])).pixels
    else:
        shortcut, seed = explainer.card.planted["cue"], explainer.card.training["seed"]
        shown = [photo.rgb for photo in compose_photos(grains, shortcut, "train", _COMPOSED, seed)]
        if PLANS[shortcut].rendered:
            shown += [
                render_training_scene(variety, number, seed).rgb
                for variety in explainer.card.names
                for number in range(_RENDERED)
            ]
        pixels = np.stack(
            [explainer.fit(Photo(rgb, "", rgb.shape[1::-1], "PNG")).pixels for rgb in shown]
        )
    save_familiarity(find_model(name), (), pixels)


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


def main() -> None:
    """Print the tables; with `--save` write the shipped models' files first."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="with piles, not_rice, …")
    parser.add_argument("--save", action="store_true", help="write the models' familiarity.npy")
    parser.add_argument(
        "--leave-one-out", choices=["grains", "heaps"], help="unknown varieties instead"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="of --leave-one-out")
    options = parser.parse_args()
    data: Path = options.data
    if options.save:
        for name in COMPOSED:
            save_composed(name, data / "grains")
    if options.leave_one_out:
        leave_one_out(data, options.leave_one_out, options.seeds)
        return
    piles = read_folder(data / "piles")
    parts = np.array(split_by_scene(piles.photos, 0))
    without = sorted([*(data / "not_rice").glob("*.jpg"), *(data / "backgrounds").glob("*.jpg")])
    sources = [file.name.split("_")[0] for file in without]
    # The largest source to report, the two after it to choose, and so on: halves alike in size.
    by_size = sorted(set(sources), key=lambda source: (-sources.count(source), source))
    first = np.array([by_size.index(source) % 4 in (1, 2) for source in sources])
    others = {
        "single grains": [
            file
            for folder in sorted((data / "grains").iterdir())
            for file in sorted(folder.iterdir())[:: len([*folder.iterdir()]) // _GRAINS]
        ],
        "rice by other cameras": sorted((data / "wild").glob("*.jpg")),
        "heaps as uploaded (CMYK)": sorted((data / "uploads").glob("*.jpg")),
        "rendered samples": sorted((ASSETS / "samples").glob("*.jpg")),
        "composed of grains": sorted((ASSETS / "demonstration").glob("*.jpg")),
    }
    heaps = [photo.path for photo in piles.photos]
    labels = [photo.label for photo in piles.photos]
    print(
        f"{(parts == 'test').sum()} heaps of unseen scenes; without rice {first.sum()} and "
        f"{(~first).sum()} photos in the two halves, of {len(set(sources))} sources; "
        f"{len(set(number_scenes(piles.photos)))} scenes of heaps in all"
    )
    for name, recipe in RECIPES.items():
        model = find_model(name)
        if options.save:
            save_known_photos(piles, recipe, model)
        explainer = open_explainer(model)
        seen = see(explainer, heaps, labels)
        known, unseen = seen.part(parts != "test"), seen.part(parts == "test")
        rice_free = see(explainer, without)
        strangers = {kind: see(explainer, files) for kind, files in others.items()}
        print(f"\n{name}\n| measure | AUROC, first half | second half | flagged | single grains |")
        print("|---|---|---|---|---|")
        for measure in MEASURES:
            of_known = measure(known, unseen)
            half, rest = (measure(known, rice_free.part(each)) for each in (first, ~first))
            grains = measure(known, strangers["single grains"])
            print(
                f"| {measure.__name__.replace('_', ' ')} | {auroc(of_known, half):.3f} | "
                f"{auroc(of_known, rest):.3f} | {flagged(of_known, rest):.0%} | "
                f"{auroc(of_known, grains):.3f} |",
                flush=True,
            )
        if explainer.familiarity is None:
            continue
        print("\n| as shipped, at its own limit | flagged |\n|---|---|")
        shipped = {
            "heaps of unseen scenes": unseen,
            "without rice, first half of the sources": rice_free.part(first),
            "without rice, second half of the sources": rice_free.part(~first),
            **strangers,
        }
        for kind, each in shipped.items():
            strange = explainer.familiarity.measure_numbers(each.pooled, each.looks) < LIMIT
            print(f"| {kind} | {strange.sum()} of {len(strange)} |")
        ranked = explainer.familiarity.measure_numbers
        pair = unseen, rice_free.part(~first)
        area = auroc(*(-ranked(each.pooled, each.looks) for each in pair))
        print(f"AUROC without rice, second half of the sources: {area:.4f}")


if __name__ == "__main__":
    main()
