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
from pathlib import Path

import numpy as np

from core.explain.familiarity import LIMIT
from core.explain.learn_familiarity import save_familiarity
from core.explain.open_explainer import open_explainer
from core.images.decode import Photo
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
from tests.bench.left_out_variety import leave_one_out
from tests.bench.unfamiliar import MEASURES, auroc, flagged, see

ASSETS = Path(__file__).resolve().parents[2] / "assets"
RECIPES = {"rice-64": Recipe(size=64), "rice-224": Recipe(size=224, rendered=60)}
"""As the models were trained, for what decides on their photos."""

COMPOSED = ("demo-a", "demo-b", "grains-64")
"""The models that learned from photos composed of grains."""

_COMPOSED, _RENDERED = 450, 20  # composed photos, rendered ones of each class
_GRAINS = 30  # single grains of each variety


def save_composed(name: str, grains: Path) -> None:
    """Write what some of the photos look like to a model that learned from grains.

    A few hundred of its training photos, composed again of the same grains, keep the file small.
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
