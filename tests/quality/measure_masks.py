"""Masks of rice beside masks drawn by hand, source by source: `python -m … measure_masks --help`.

    python -m tests.quality.measure_masks --photos DIR --without DIR --composed DIR --out DIR

A folder of photos has its masks in `masks` (0 and 255, of the photo's name, as PNG). A source is
the part of a file's name before `_`: photos of one are alike, so that an interval is right for more
photos of these sources only. Contact sheets show photo, mask and truth, the worst first.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom
from tqdm import tqdm

from core.images.decode import PREVIEW, read_file
from core.images.photo_formats import EXTENSIONS
from core.images.resize import shrink_to
from core.segmentation.rice_mask import Rice
from core.synthetic.camera import photograph
from core.synthetic.composites import LAYOUTS, compose
from core.training.grain_samples import read_grain_stock
from core.utils.confidence_interval import wilson_interval
from core.utils.natural_sort import natural_sort_key

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Finder = Callable[[Pixels], Rice]

FINDER = "core.segmentation.rice_mask:find_rice"
ENOUGH = 0.8
"""Overlap with the rice (intersection over union) from which a mask counts as right."""

_TILE = 320  # pixels of a photo's longer side on a contact sheet
_ROWS = 12  # photos of a sheet
_LENGTHS = (0.02, 0.3)  # of a composed grain, of the photo's longer side
_SIZE = (768, 1024)  # of a composed photo


@dataclass(frozen=True)
class Case:
    """A photo, its source, and its rice; None where it holds none."""

    name: str
    source: str
    rgb: Pixels
    truth: Mask | None


@dataclass(frozen=True)
class Finding:
    """What a finder said of a case: overlap is NaN where there is no rice to overlap with."""

    name: str
    source: str
    overlap: float
    confidence: float
    relied_on: bool


def masked_photos(folder: Path, sources: Sequence[str] = ()) -> Iterator[Case]:
    """The photos of a folder that have a mask, of some sources; of all for none."""
    for file in _files(folder, sources):
        drawn = folder / "masks" / f"{file.stem}.png"
        if drawn.exists():
            rgb = read_file(file, longest=PREVIEW).rgb
            size = rgb.shape[1], rgb.shape[0]
            mask = cv2.resize(read_file(drawn).rgb[..., 0], size, interpolation=cv2.INTER_AREA)
            yield Case(file.stem, _source(file), rgb, mask >= 128)


def photos_without(folder: Path, sources: Sequence[str] = ()) -> Iterator[Case]:
    """The photos of a folder, none of which shows rice."""
    for file in _files(folder, sources):
        yield Case(file.stem, _source(file), read_file(file, longest=PREVIEW).rgb, None)


def composed_photos(
    grains: Path, grounds: Sequence[Case], count: int, seed: int = 0
) -> Iterator[Case]:
    """Grains of the test split, laid on the photos of grounds and photographed."""
    stock = read_grain_stock(grains, "test")
    varieties = sorted({each.variety for each in stock})
    for number in range(count):
        rng = np.random.default_rng([seed, number, 41])
        variety = varieties[rng.integers(len(varieties))]
        ground = shrink_to(grounds[number % len(grounds)].rgb, _SIZE[1])
        ground = np.asarray(cv2.resize(ground, _SIZE[::-1], interpolation=cv2.INTER_AREA))
        layout = LAYOUTS[number % len(LAYOUTS)]
        made = compose(
            [each for each in stock if each.variety == variety],
            ground,
            layout=layout,
            length=float(np.exp(rng.uniform(*np.log(_LENGTHS)))) * _SIZE[1],
            seed=int(rng.integers(2**31)),
        )
        source = f"composed, {layout}"
        yield Case(f"composed_{number}", source, photograph(made.rgb, rng), made.mask)


def find(finder: Finder, case: Case) -> tuple[Finding, Mask]:
    """What a finder says of a case, and its mask."""
    rice = finder(case.rgb)
    mask = rice.mask()
    overlap = float("nan") if case.truth is None else intersection_over_union(mask, case.truth)
    return Finding(case.name, case.source, overlap, rice.confidence, not rice.problem), mask


def intersection_over_union(one: Mask, other: Mask) -> float:
    """Of two masks, 0 to 1; 1 where both are empty."""
    union = np.count_nonzero(one | other)
    return np.count_nonzero(one & other) / union if union else 1.0


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of a median, by ranks: how many of so many fall below it is binomial."""
    ordered = sorted(values)
    low = int(binom.ppf(0.025, len(ordered), 0.5))
    return ordered[max(low - 1, 0)], ordered[min(len(ordered) - low, len(ordered) - 1)]


def tables(findings: dict[str, list[Finding]]) -> str:
    """Two tables in Markdown, of each finder by source: photos with rice, and without."""
    head = "| photos with rice | finder | photos | median overlap | relied on | of these wrong |"
    with_rice, without = [head, "|---|---|---|---|---|---|"], []
    for finder, found in findings.items():
        for source, each in _by_source(one for one in found if not np.isnan(one.overlap)):
            overlaps = [one.overlap for one in each]
            middle, (low, high) = np.median(overlaps), median_interval(overlaps)
            relied = [one.overlap for one in each if one.relied_on]
            wrong = sum(overlap < ENOUGH for overlap in relied)
            with_rice.append(
                f"| {source} | {finder} | {len(each)} | {middle:.2f} ({low:.2f} to {high:.2f}) "
                f"| {_share(len(relied), len(each))} | {_share(wrong, len(relied))} |"
            )
        for source, each in _by_source(one for one in found if np.isnan(one.overlap)):
            relied_on = sum(one.relied_on for one in each)
            share = _share(relied_on, len(each))
            without.append(f"| {source} | {finder} | {len(each)} | {share} |")
    head = ["| photos without rice | finder | photos | relied on |", "|---|---|---|---|"]
    return "\n".join(with_rice) + "\n\n" + "\n".join(head + without)


def _by_source(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    kinds: dict[str, list[Finding]] = defaultdict(list)
    for each in findings:
        kinds["all"].append(each)
        kinds[each.source].append(each)
    return [*kinds.items()]


def _share(hits: int, count: int) -> str:
    if not count:
        return "–"
    low, high = wilson_interval(hits, count)
    return f"{hits} = {hits / count:.0%} ({low:.0%} to {high:.0%})"


def draw_case(case: Case, mask: Mask, found: Finding) -> Pixels:
    """Photo, mask and truth side by side, a caption below; red where it is wrongly relied on."""
    pictures = [case.rgb, _dimmed(case.rgb, mask)]
    if case.truth is not None:
        pictures.append(_dimmed(case.rgb, case.truth))
    tile = np.full((_TILE + 22, 3 * _TILE + 8, 3), 255, np.uint8)
    wrong = found.relied_on and not found.overlap >= ENOUGH
    tile[_TILE:] = (255, 170, 170) if wrong else (210, 240, 210) if found.relied_on else 235
    for number, picture in enumerate(pictures):
        scale = _TILE / max(picture.shape[:2])
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        left = number * (_TILE + 4)
        tile[: min(len(small), _TILE), left : left + small.shape[1]] = small[:_TILE, :_TILE]
    text = f"{found.name}  overlap {found.overlap:.2f}  confidence {found.confidence:.2f}"
    place = (4, _TILE + 16)
    cv2.putText(tile, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    return tile


def _dimmed(rgb: Pixels, mask: Mask) -> Pixels:
    """The photo with what is not rice darkened, and the rice outlined."""
    shown = (rgb * np.where(mask, 1.0, 0.3)[..., None]).astype(np.uint8)
    width = 1 + max(rgb.shape[:2]) // 400
    lines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(cv2.drawContours(shown, lines, -1, (255, 0, 200), width))


def write_sheets(tiles: Sequence[Pixels], folder: Path, name: str) -> None:
    """Write tiles as JPEG files of two columns."""
    for number, start in enumerate(range(0, len(tiles), 2 * _ROWS), 1):
        some = [*tiles[start : start + 2 * _ROWS]]
        some += [np.full_like(tiles[0], 255)] * (len(some) % 2)
        rows = [np.hstack(some[at : at + 2]) for at in range(0, len(some), 2)]
        page = cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{name}_{number}.jpg"), page)


def _files(folder: Path, sources: Sequence[str]) -> list[Path]:
    files = [file for file in folder.iterdir() if file.suffix[1:].lower() in EXTENSIONS]
    own = [file for file in files if not sources or _source(file) in sources]
    return sorted(own, key=lambda file: natural_sort_key(file.name))


def _source(file: Path) -> str:
    return file.stem.partition("_")[0]


def measure(finders: Sequence[str], cases: Sequence[Case], out: Path) -> str:
    """Ask each finder about each case; write the sheets, give the tables."""
    out.mkdir(parents=True, exist_ok=True)
    findings = {}
    for name in finders:
        finder = resolve_name(name)
        short = name.replace(":", ".").rpartition(".")[2]
        drawn = []
        for case in tqdm(cases, desc=short, disable=None):
            found, mask = find(finder, case)
            drawn.append((found, draw_case(case, mask, found)))
        findings[short] = [found for found, _ in drawn]
        drawn.sort(key=lambda each: (np.isnan(each[0].overlap), each[0].overlap))
        write_sheets([tile for _, tile in drawn], out, short)
    text = tables(findings)
    (out / "masks.md").write_text(text + "\n", "utf-8")
    return text


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--photos", type=Path, nargs="*", default=[], help="folders of photos with `masks`")
    add("--without", type=Path, nargs="*", default=[], help="folders of photos without rice")
    add("--composed", type=Path, metavar="GRAINS", help="also lay these grains on --without")
    add("--count", type=int, default=48, help="composed photos")
    add("--grounds", nargs="*", default=[], help="sources that grains are laid on")
    add("--sources", nargs="*", default=[], help="only these; the part of a name before '_'")
    add("--finders", nargs="*", default=[FINDER], help="MODULE:FUNCTION, as core's own")
    add("--out", type=Path, required=True)
    options = parser.parse_args()
    without = [case for each in options.without for case in photos_without(each, options.sources)]
    cases = [case for each in options.photos for case in masked_photos(each, options.sources)]
    if options.composed:
        own = [each for each in without if each.source in options.grounds]
        cases += composed_photos(options.composed, own, options.count)
    print(measure(options.finders, [*cases, *without], options.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
