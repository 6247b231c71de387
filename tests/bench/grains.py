"""Grains counted and told in photos composed of known ones: `python -m tests.bench.grains DATA`.

DATA is the Rice Image Dataset; the photos are composed of its test split, which the shipped model
never saw. On three of the seven grounds the model was never trained. The numbers by which grains
are found were chosen on photos composed of its validation split.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.explain.explainer import Explainer
from core.explain.open_explainer import open_explainer
from core.grain_counting.classify_pieces import NOT_SEPARATED
from core.grain_counting.count_grains import count_grains
from core.grain_counting.counts import count_varieties
from core.images.decode import Photo
from core.models.registry import GRAIN_MODEL, find_model
from core.synthetic.composites import Composed
from core.synthetic.grain_cutouts import SPLITS
from core.synthetic.scenes import BACKGROUNDS
from core.training.grain_samples import HELD_OUT_GROUNDS, compose_photo, read_grain_stock

LAYOUTS = ("scattered", "touching")
_SEEN = 0.3  # of a usual grain: what of a grain that the photo's edge cuts is enough to count it


@dataclass(frozen=True)
class Result:
    """A photo's grains against the truth.

    Attributes:
        true: Grains in the photo.
        found: Grains counted, those that were not separated by estimate.
        told: Pieces that were told a variety.
        right: Those told that of the grain they show.
        untold: Grains within pieces that were called not separated.
        problem: As of `GrainCount`: with any, the program warns that the count is unreliable.
    """

    true: int
    found: int
    told: int
    right: int
    untold: int
    problem: str

    @property
    def refused(self) -> bool:
        """Whether the program says so and counts nothing at all."""
        return bool(self.problem) and not self.found


def result(photo: Composed, explainer: Explainer) -> Result:
    """Find, count and tell the grains of a composed photo."""
    height, width = photo.labels.shape
    found = count_grains(Photo(photo.rgb, "", (width, height), "JPEG"), explainer)
    counts = count_varieties(found.grains, explainer.card.names)
    areas = np.bincount(photo.labels.ravel())[1:]
    told = [grain for grain in found.grains if grain.variety]
    right = 0
    for grain in told:
        box = grain.piece.box
        part = photo.labels[box.top : box.top + box.height, box.left : box.left + box.width]
        most = int(np.bincount(part[grain.piece.inside]).argmax())
        right += bool(most) and photo.varieties[most - 1] == grain.variety
    return Result(
        true=int((areas >= _SEEN * np.median(areas)).sum()),
        found=counts.grains,
        told=len(told),
        right=right,
        untold=sum(grain.count for grain in found.grains if grain.problem == NOT_SEPARATED),
        problem=found.problem,
    )


def line(name: str, results: Sequence[Result]) -> str:
    """A row of the table."""
    true = sum(each.true for each in results)
    off = sum(abs(each.found - each.true) for each in results)
    within = sum(each.found for each in results) - true
    told, right = (sum(getattr(each, n) for each in results) for n in ("told", "right"))
    untold = sum(each.untold for each in results)
    unsure = sum(bool(each.problem) for each in results)
    refused = sum(each.refused for each in results)
    return (
        f"| {name} | {len(results)} | {true} | {100 * within / true:+.1f} % | "
        f"{100 * off / true:.1f} % | {untold} | {100 * right / max(told, 1):.1f} % of {told} | "
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
        "| variety right | rice unsure | nothing counted |\n|---|---|---|---|---|---|---|---|---|"
    )
    results: dict[tuple[str, str], list[Result]] = {}
    for ground in BACKGROUNDS:
        for layout in LAYOUTS:
            results[ground, layout] = [
                result(compose_photo(stock, [ground], [options.seed, 9, number], layout), explainer)
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
