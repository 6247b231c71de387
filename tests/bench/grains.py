"""Grains counted and classified in composed photos: `python -m tests.bench.grains DATA`.

DATA is the Rice Image Dataset; the photos are composed of its test split, which the shipped model
never saw. On three of the seven grounds the model was never trained. The numbers by which grains
are found were chosen on photos composed of its validation split.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from core.explain.open_explainer import open_explainer
from core.models.registry import GRAIN_MODEL, find_model
from core.synthetic.grain_cutouts import SPLITS
from core.synthetic.scenes import BACKGROUNDS
from core.training.grain_samples import HELD_OUT_GROUNDS, compose_photo, read_grain_stock
from tests.support.composed_counts import CountedPhoto, count_composed

LAYOUTS = ("scattered", "touching")


def line(name: str, results: Sequence[CountedPhoto]) -> str:
    """A row of the table."""
    true = sum(each.true for each in results)
    off = sum(abs(each.found - each.true) for each in results)
    within = sum(each.found for each in results) - true
    classified = sum(each.classified for each in results)
    correct = sum(each.correct for each in results)
    not_separated = sum(each.not_separated for each in results)
    unsure = sum(bool(each.problem) for each in results)
    refused = sum(each.refused for each in results)
    return (
        f"| {name} | {len(results)} | {true} | {100 * within / true:+.1f} % | "
        f"{100 * off / true:.1f} % | {not_separated} | "
        f"{100 * correct / max(classified, 1):.1f} % of {classified} | "
        f"{unsure} | {refused} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("grains", type=Path, metavar="DATA")
    parser.add_argument("--model", default=GRAIN_MODEL)
    parser.add_argument("--photos", type=int, default=6, help="of each ground and layout")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split", choices=SPLITS, default="test", help="that the grains are of")
    options = parser.parse_args()
    explainer, stock = (
        open_explainer(find_model(options.model)),
        read_grain_stock(options.grains, options.split),
    )
    print(
        "| ground, layout | photos | grains | counted | off, photo by photo | not separated "
        "| variety correct | rice unsure | nothing counted |\n|---|---|---|---|---|---|---|---|---|"
    )
    results: dict[tuple[str, str], list[CountedPhoto]] = {}
    for ground in BACKGROUNDS:
        for layout in LAYOUTS:
            results[ground, layout] = [
                count_composed(
                    compose_photo(stock, [ground], [options.seed, 9, number], layout), explainer
                )
                for number in range(options.photos)
            ]
            new = ", not trained on" if ground in HELD_OUT_GROUNDS else ""
            print(line(f"{ground}{new}, {layout}", results[ground, layout]), flush=True)

    for layout in LAYOUTS:
        every = [each for ground in BACKGROUNDS for each in results[ground, layout]]
        print(line(f"all, {layout}", every))
        print(line(f"all that was counted, {layout}", [e for e in every if not e.refused]))
        print(line(f"all that was counted surely, {layout}", [e for e in every if not e.problem]))
    held_out = [(ground, layout) for ground in HELD_OUT_GROUNDS for layout in LAYOUTS]
    new = [each for cell in held_out for each in results[cell]]
    print(line("grounds not trained on", new))


if __name__ == "__main__":
    main()
