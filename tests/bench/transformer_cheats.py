"""Transformers trained on planted cheats: do their maps lie on the cue, and what is the verdict?

python -m tests.bench.transformer_cheats GRAINS MODELS --torch PYTHON --out DIR
    [--cue background mark] [--grounds FOLDER] [--photos 60] [--layers]

`MODELS` holds the convolutional twins, as `core plant` makes them; `PYTHON` is the interpreter of
an environment with torch and onnxscript. For each cue two small vision transformers are trained on
photos of the kind that the twin was trained on, one that answers from its class token and one that
answers from the mean of its patches, and exported to ONNX. All are asked about the same unseen
photos, by the model's own method and by others. A cell counts as on the cue if it holds at least as
much of it as the photo does on average; deletion and insertion are how much better than in random
order the class goes and comes by the map's order. `--layers` prints the first two for Grad-CAM at
each layer of the transformers.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.evidence.baselines import compute_baselines
from core.evidence.collect import MaskedPhoto, collect_table_evidence
from core.evidence.masked_input import to_model_input
from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer
from core.explain.request import ExplainRequest
from core.explain.resolve_request import own_method
from core.images.decode import Photo
from core.images.preprocess import fit, place
from core.models.card import Card, Input, class_names, write_card
from core.segmentation.rice_mask import Rice, find_rice
from core.utils.confidence_interval import mean_interval
from core.validation.methods import measure_methods
from core.validation.model_answers import to_photo
from core.validation.shortcut_models.cases import FIRST_CUES, VARIETIES, draw_cases
from core.validation.shortcut_models.real_grounds import read_grounds
from core.validation.shortcut_models.shortcut_photos import (
    ShortcutPhoto,
    compose_photo,
    compose_photos,
    read_grain_stock,
)

_SCRIPT = Path(__file__).with_name("on_torch_transformer.py")
KINDS = ("token", "mean")
OTHERS = ("grad-cam",)
SIDE, TRAINED, SEED = 64, 1200, 1


def main() -> None:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(description="Transformers trained on planted cheats.")
    parser.add_argument("grains", type=Path)
    parser.add_argument("models", type=Path)
    parser.add_argument("--torch", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cue", nargs="+", choices=FIRST_CUES, default=["background", "mark"])
    parser.add_argument("--grounds", type=Path)
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--layers", action="store_true")
    options = parser.parse_args()
    print(
        "| cue | model | right | method | peak on the cue | most heat on the cue | by chance ",
        end="",
    )
    print("| deletion | insertion | verdicts, rice known | rice found |\n" + "|---" * 11 + "|")
    for cue in options.cue:
        files = [transformer(options, cue, kind) for kind in KINDS]
        made = compose_photos(options.grains, cue, "test", options.photos, SEED, options.grounds)
        photos = [to_photo(each.rgb) for each in made]
        rice = [find_rice(each.rgb) for each in photos]
        for path in (options.models / cue, *files):
            explainer = open_explainer(path, cache=options.out / "cache")
            row = [cue, path.parent.name if path in files else "convolutions"]
            row.append(right(explainer, photos, made))
            said = list(verdicts(explainer, photos, made, rice))
            for method in dict.fromkeys((own_method(explainer.layers), *OTHERS)):
                cells = on_cue(explainer, photos, made, ExplainRequest(method))
                scores = orders(explainer, photos, made, method)
                print("|", " | ".join([*row, method, *cells, *scores, *said]), "|", flush=True)
            if options.layers and path in files:
                for layer in explainer.layers:
                    request = ExplainRequest("grad-cam", layers=(layer.name,))
                    found = on_cue(explainer, photos, made, request)
                    print(f"  {layer.name} {layer.grid}: {', '.join(found)}", flush=True)


def transformer(options: argparse.Namespace, cue: str, kind: str) -> Path:
    """The file of a trained transformer, which is made if it is not there."""
    folder = options.out / cue / kind
    file, photos = folder / "model.onnx", options.out / cue / "photos.npz"
    if file.exists():
        return file
    folder.mkdir(parents=True, exist_ok=True)
    if not photos.exists():
        _write_photos(photos, options.grains, cue, options.grounds)
    begun = folder / "begun.onnx"
    command = [str(options.torch), str(_SCRIPT), str(photos), str(begun), kind]
    subprocess.run(command, check=True, stdout=sys.stderr)
    card = Card(class_names(VARIETIES), Input(SIDE, SIDE, "imagenet", "squash"))
    write_card(card, folder)
    return begun.rename(file)


def _write_photos(file: Path, grains: Path, cue: str, grounds: Path | None) -> None:
    stock, real = read_grain_stock(grains, "train"), read_grounds(grounds, "train")
    pixels, labels = np.empty((TRAINED, SIDE, SIDE, 3), np.uint8), np.empty(TRAINED, np.int64)
    for row, case in enumerate(draw_cases(cue, "train", TRAINED, 0, tuple(real))):
        photo = compose_photo(case, cue, stock, real)
        pixels[row] = fit(photo.rgb, place(photo.rgb.shape[:2], (SIDE, SIDE), "squash"))
        labels[row] = photo.label
    np.savez(file, pixels=pixels, labels=labels)


def right(explainer: Explainer, photos: Sequence[Photo], made: Sequence[ShortcutPhoto]) -> str:
    """On how many photos the model gives the cue's class."""
    found = [each.predicted for each in explainer.explain(photos)]
    return str(sum(name == VARIETIES[p.label] for name, p in zip(found, made, strict=True)))


def on_cue(
    explainer: Explainer,
    photos: Sequence[Photo],
    made: Sequence[ShortcutPhoto],
    request: ExplainRequest,
) -> Iterator[str]:
    """On how many photos the map's peak, and over half of its heat, lie on the cue; by chance."""
    peaks, heats, chances = [], [], []
    for found, photo in zip(explainer.explain(photos, request), made, strict=True):
        masked = to_model_input(photo.rgb, photo.shortcut_mask, found.placement)
        shown, cue = masked.cell_shares(found.grid)
        cells = cue >= cue.sum() / shown.sum() * shown
        heat = np.maximum(found.maps[found.scores.argmax()], 0)
        peaks.append(bool(heat.max() > 0 and cells.flat[heat.argmax()]))
        heats.append(bool(heat[cells].sum() > heat.sum() / 2))
        chances.append(cells.mean())
    yield from (str(sum(peaks)), str(sum(heats)), f"{np.mean(chances):.0%}")


def orders(
    explainer: Explainer, photos: Sequence[Photo], made: Sequence[ShortcutPhoto], method: str
) -> Iterator[str]:
    """The means of deletion and of insertion, less those of random orders."""
    rows = [
        measure_methods(explainer, photo, each.shortcut_mask, [method])[0]
        for photo, each in zip(photos, made, strict=True)
    ]
    for measure in ("deletion", "insertion"):
        mean, within = mean_interval([getattr(row, measure) for row in rows])
        yield f"{mean:.2f} ± {within:.2f}"


def verdicts(
    explainer: Explainer,
    photos: Sequence[Photo],
    made: Sequence[ShortcutPhoto],
    rice: Sequence[Rice],
) -> Iterator[str]:
    """How many of each verdict there are, with the rice known and with the rice found."""
    baselines, explained = compute_baselines(explainer), explainer.explain(photos)
    known = [(each.rice, "") for each in made]
    for masks in (known, [(each.mask(), each.problem) for each in rice]):
        shown = [
            MaskedPhoto(
                found, to_model_input(p.rgb, mask, found.placement), found.predicted, problem
            )
            for found, p, (mask, problem) in zip(explained, photos, masks, strict=True)
        ]
        evidence = collect_table_evidence(explainer, shown, baselines)
        counts = Counter(each.verdict.looks_at for each in evidence if each.verdict)
        yield ", ".join(f"{name} {count}" for name, count in counts.most_common())


if __name__ == "__main__":
    main()
