"""`python -m tests.bench.rice_masks DATA --out DIR`: how well `core.segmentation.rice_mask` finds
known rice.

On photos composed of other grains, and with other seeds, than those its judge was fitted to. It
prints the tables and writes them to DIR/rice_masks.md, beside contact sheets with outlines: of the
composed photos, worst first, and of real heaps, whose masks nobody has drawn: to be looked at.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images.decode import read_file
from core.segmentation.rice_mask import Rice, find_rice
from core.segmentation.watershed import label_grains
from core.synthetic.composites import LAYOUTS
from core.synthetic.scenes import BACKGROUNDS
from core.synthetic.scenes.layout import LAYOUTS as SCENE_LAYOUTS
from tests.support.mask_overlap import MaskOverlap, measure_overlap
from tests.support.rice_photos import Shot, composed, drawn, grains_of, rendered, shaded

GRAINS, SEEDS = range(1000, 1060), range(4000, 4015)

_TILE = 200


def table(title: str, all_of: Iterable[MaskOverlap], by: Callable[[Shot], str]) -> str:
    """A row for each kind of photo: median and worst tenth, of all and of the confident."""
    kinds: dict[str, list[MaskOverlap]] = {"all": []}
    for each in all_of:
        kinds["all"].append(each)
        kinds.setdefault(by(each.shot), []).append(each)
    lines = [
        f"| {title} | photos | median | worst tenth | confident | median | worst tenth |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind, each in kinds.items():
        sure = [one.overlap for one in each if one.confident]
        known, relied_on = _percentiles([one.overlap for one in each]), _percentiles(sure)
        share = f"{100 * len(sure) / len(each):.0f} %"
        lines.append(f"| {kind} | {len(each)} | {known} | {share} | {relied_on} |")
    return "\n".join(lines)


def _percentiles(overlaps: list[float]) -> str:
    if not overlaps:
        return "– | –"
    median, tenth = np.percentile(overlaps, [50, 10])
    return f"{median:.3f} | {tenth:.3f}"


def counts(shots: Iterable[Shot]) -> str:
    """How many grains `label_grains` counts, in the true mask and in the one that was found."""
    rows = []
    for shot in shots:
        area = np.bincount(shot.labels.ravel())[1:]
        true = int((area >= 0.1 * np.median(area)).sum())
        found = find_rice(shot.rgb)
        of_found = label_grains(found.mask()).max() if not found.problem else np.nan
        rows.append((true, label_grains(shot.labels > 0).max(), of_found))
    true, exact, found = np.array(rows, float).T
    lines = []
    for name, count in ("true mask", exact), ("mask that was found (confident)", found):
        known = ~np.isnan(count)
        off = count[known] / true[known] - 1
        lines.append(
            f"Grains counted in the {name}: {count[known].sum():.0f} of {true[known].sum():.0f}; "
            f"a photo is off by {100 * np.mean(np.abs(off)):.1f} % on average, of {known.sum()}."
        )
    return "\n".join(lines)


def outlined(rgb: NDArray[np.uint8], rice: Rice, caption: str) -> NDArray[np.uint8]:
    """The photo beside itself with the mask's outline; a frame in red if it is not confident."""
    side = _TILE / max(rgb.shape[:2])
    size = round(rgb.shape[1] * side), round(rgb.shape[0] * side)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(rice.mask().astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    marked = (small * np.where(mask, 1.0, 0.35)[..., None]).astype(np.uint8)
    edge = mask - cv2.erode(mask, np.ones((3, 3), np.uint8)) > 0
    marked[edge] = (255, 0, 200)
    tile = np.full((_TILE + 20, 2 * _TILE + 4, 3), 255, np.uint8)
    if rice.problem:
        tile[:] = (255, 170, 170)
    tile[: size[1], : size[0]] = small
    tile[: size[1], _TILE : _TILE + size[0]] = marked
    text = f"{caption} {rice.confidence:.2f} {rice.problem}"
    cv2.putText(
        tile, text, (2, _TILE + 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA
    )
    return tile


def sheet(tiles: list[NDArray[np.uint8]], file: Path, columns: int = 5) -> None:
    """Write tiles as one picture."""
    tiles = tiles + [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[at : at + columns]) for at in range(0, len(tiles), columns)]
    cv2.imwrite(str(file), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="holds grains/ and piles/")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    grains = grains_of(arguments.data, GRAINS)
    real = [
        measure_overlap(composed(grains, ground, layout, seed))
        for ground in BACKGROUNDS
        for layout in LAYOUTS
        for seed in SEEDS
    ]
    half = [
        measure_overlap(shaded(each.shot, number))
        for number, each in enumerate(real)
        if each.shot.layout == "heap"
    ]
    scenes = [
        measure_overlap(rendered(ground, layout, seed))
        for ground in BACKGROUNDS
        for layout in SCENE_LAYOUTS
        for seed in SEEDS[:6]
    ]
    empty = [
        measure_overlap(rendered(ground, "heap", s, grains=0))
        for ground in BACKGROUNDS
        for s in SEEDS
    ]
    other = [measure_overlap(drawn(seed)) for seed in range(20_000, 20_100)]
    touching = [
        composed(grains, ground, "touching", seed) for ground in BACKGROUNDS for seed in SEEDS[:6]
    ]
    big = [composed(grains, ground, "scattered", 7, enlarge=2).rgb for ground in BACKGROUNDS]
    started = time.perf_counter()
    for rgb in big:
        find_rice(rgb)
    each = 1000 * (time.perf_counter() - started) / len(big)
    parts = [
        table("composed, by ground", real, lambda shot: shot.ground),
        table("composed, by layout", real, lambda shot: shot.layout),
        table("composed, by light", real, lambda shot: shot.light),
        table("heaps half in a hard shadow", half, lambda shot: shot.ground),
        table("rendered", scenes, lambda shot: shot.ground),
        *(
            f"{name}: confident in {sum(one.confident for one in of)} of {len(of)}; "
            f"no rice in {sum(one.rice.problem == 'no_rice' for one in of)}."
            for name, of in (("Empty grounds", empty), ("Drawn things", other))
        ),
        counts(touching),
        f"A photo of 768 to 1,024 pixels takes {each:.0f} ms.",
    ]
    text = "\n\n".join(parts)
    print(text)
    (arguments.out / "rice_masks.md").write_text(text + "\n", "utf-8")
    real.sort(key=lambda one: one.overlap)
    tiles = [
        outlined(one.shot.rgb, one.rice, f"{one.overlap:.2f}")
        for one in real[:40] + real[40 :: len(real) // 40]
    ]
    sheet(tiles, arguments.out / "composed.png")
    piles = sorted((arguments.data / "piles").glob("*/*.jpg"))
    tiles = []
    for file in random.Random(0).sample(piles, 90):
        photo = read_file(file)
        tiles.append(outlined(photo.rgb, find_rice(photo.rgb), file.stem))
    sheet(tiles, arguments.out / "piles.png")


if __name__ == "__main__":
    main()
