"""Cures planted cheats: how often a model is right with its cue swapped, before and after.

python -m tests.bench.cure GRAINS --out DIR [--cue tint …] [--photos 600] [--epochs 6] [--size 112]

Both the rice and the cue tell the class in the photos that are trained on, as in a folder whose
varieties were photographed apart. A model is trained on them by `core train`, and cured by
`core train --from … --cure`. Then the cue is swapped in unseen photos, the rice is not.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.evidence.baselines import compute_baselines
from core.evidence.collect import MaskedPhoto, collect_table_evidence
from core.evidence.masked_input import to_model_input
from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer
from core.images.decode import read_photo
from core.images.encode import encode_jpeg
from core.segmentation.rice_mask import find_rice
from core.training.cure import CURES
from core.training.dataset import read_folder
from core.training.fit import Recipe
from core.training.recipes.rice_classifier import DatasetInfo, open_start, train_rice_classifier
from core.validation.shortcut_models import CUES
from core.validation.shortcut_models.cases import VARIETIES, Case, draw_cases
from core.validation.shortcut_models.shortcut_photos import (
    GrainStock,
    compose_photo,
    read_grain_stock,
)
from core.validation.shortcut_models.small_network import SIZE, build_network
from tests.support.planted_folder import QUALITY, write_cases

TEST = 90


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("grains", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cue", nargs="+", choices=CUES, default=CUES)
    parser.add_argument("--photos", type=int, default=600)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--start", help="a model that has the cue already")
    options = parser.parse_args()
    for cue in options.cue:
        result = cure(options, cue, options.out / cue)
        print(json.dumps(result), flush=True)
        (options.out / cue / "result.json").write_text(json.dumps(result) + "\n", "utf-8")


def cure(options: argparse.Namespace, cue: str, out: Path) -> dict[str, Any]:
    """Train with one cue, cure it, and measure both models."""
    photos, cheat, cured = out / "photos", out / "cheat", out / "cured"
    if not photos.is_dir():
        stock = read_grain_stock(options.grains, "train")
        drawn = confound(draw_cases(cue, "train", options.photos), cue)
        write_cases(out / "begun", stock, drawn, cue).rename(photos)
    folder = read_folder(photos)
    seconds: dict[str, float] = {}
    recipe = Recipe(options.size, epochs=options.epochs, patience=options.epochs)
    if options.start:
        cheat = Path(options.start)
    elif not (cheat / "card.json").is_file():
        begun = time.perf_counter()
        train_rice_classifier(folder, recipe, DatasetInfo(), cheat, build=_small)
        seconds["train"] = round(time.perf_counter() - begun)
    if not (cured / "card.json").is_file():
        begun = time.perf_counter()
        start, as_before = open_start(cheat, folder.names, replace(recipe, cure=CURES))
        train_rice_classifier(folder, as_before, DatasetInfo(), cured, start=start)
        seconds["cure"] = round(time.perf_counter() - begun)
    stock = read_grain_stock(options.grains, "test")
    drawn = confound(draw_cases(cue, "test", TEST), cue)
    return {
        "cue": cue,
        "seconds": seconds,
        "before": measure(open_explainer(cheat), drawn, cue, stock),
        "after": measure(open_explainer(cured), drawn, cue, stock),
    }


def confound(cases: list[Case], cue: str) -> list[Case]:
    """The cases with rice of the very class that the cue speaks for."""
    return [replace(case, variety=case.label(cue)) for case in cases]


def measure(explainer: Explainer, cases: list[Case], cue: str, stock: GrainStock) -> dict[str, Any]:
    """Share that is right of the photos as they are, and with their cue swapped; the verdicts."""
    right: dict[str, list[bool]] = {"as it is": [], "cue swapped": []}
    verdicts: Counter[str] = Counter()
    baselines = compute_baselines(explainer)
    for number, case in enumerate(cases):
        for step in range(len(VARIETIES)):
            shown = replace(case, **{cue: (case.label(cue) + step) % len(VARIETIES)})
            file = encode_jpeg(compose_photo(shown, "honest", stock).rgb, QUALITY)
            photo = read_photo(file)
            (explanation,) = explainer.explain([photo])
            name = "cue swapped" if step else "as it is"
            right[name].append(explanation.predicted == VARIETIES[case.variety])
            if step == 0 and number % 2 == 0:
                rice = find_rice(photo.rgb)
                masked = to_model_input(photo.rgb, rice.mask(), explanation.placement)
                shown_photo = MaskedPhoto(explanation, masked, explanation.predicted, rice.problem)
                (evidence,) = collect_table_evidence(explainer, [shown_photo], baselines)
                assert evidence.verdict is not None
                verdicts[evidence.verdict.looks_at] += 1
    return {
        **{name: round(float(np.mean(each)), 4) for name, each in right.items()},
        "verdicts": dict(verdicts),
    }


def _small(classes: int, size: tuple[int, int], variant: str, weights: str | None) -> Any:
    return build_network(classes, size[0], weights)


if __name__ == "__main__":
    main()
