"""Grain counts of photo files as tables and numbered pictures.

What `python -m core grains` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from core.errors import LensError, PhotoError
from core.explain.explainer import Explainer
from core.explain.output_files import folder_names, open_table, out_unwritable
from core.grain_counting.broken import BROKEN
from core.grain_counting.classify_pieces import AT_EDGE, FRAGMENT, NOT_SEPARATED
from core.grain_counting.count_grains import (
    HEAP,
    NO_RICE,
    NOT_SEPARABLE,
    TOO_SMALL,
    Grain,
    GrainCount,
    count_grains,
)
from core.grain_counting.counts import Counts, count_varieties
from core.grain_counting.draw import draw_close_up, draw_numbered, provenance
from core.grain_counting.sizes import summarize_sizes
from core.images.decode import PREVIEW, Photo, read_file
from core.images.encode import encode_png
from core.utils.parallel import ordered_map
from core.utils.progress import Progress, silent
from core.utils.tracebacks import release_frames

COLUMNS = (
    *("file", "sha256", "number", "left", "top", "box_width", "box_height"),
    *("area_px", "length_px", "width_px", "class", "probability", "problem", "grains", "model"),
    "assumed_bits",
)
SCALED = ("area_mm2", "length_mm", "width_mm")
COUNT_COLUMNS = (
    *("file", "what", "class", "pieces", "grains", "share", "share_low", "share_high"),
    *("unsure", "unfamiliar", "problem"),
)
SIZES = tuple(
    f"{measure}_{which}"
    for measure in ("length", "width")
    for which in ("mean", "median", "deviation")
)
"""Sizes of whole grains in the table of counts: columns in px and, with a scale, in mm."""
ALL = "all photos"

NOTES = {
    "again": "the same photo as another one here: in the sum it is counted once",
    "none": "no grains were found: they may be too small, too blurred, or of the ground's colour",
    NO_RICE: "no grains were found: nothing in it was recognised as rice",
    HEAP: "most of the rice could not be separated into grains, so nothing is counted: they touch, "
    "lie upon each other, are too blurred, or have the ground's colour",
    TOO_SMALL: "it falls into thousands of pieces, so nothing is counted: the grains are too small "
    "in it, or the ground's texture is taken for rice",
    "broken_unknown": "whole grains cannot be told from broken ones: the grains are short for "
    "their width and of all lengths, as broken ones are; no share of broken ones is given, and "
    "varieties mean little",
    "varieties_unknown": "the grains look unlike those that the model learned from, or it is sure "
    "of fewer: they may be of varieties that it does not know, and the shares mean little",
    NOT_SEPARABLE: "rice and background look alike; look at the numbered picture",
}
_SIDE = 256  # of a grain's picture, pixels


def write_grain_files(
    files: Sequence[Path],
    explainer: Explainer,
    out: Path,
    scale: float | None = None,
    heat: bool = False,
    progress: Progress = silent,
) -> tuple[list[Grain], list[tuple[Path, str | LensError]]]:
    """Write `grains.csv`, `counts.csv`, and a numbered picture of each photo.

    Interrupted, or on a full disk, all that is finished stands in the tables.

    Args:
        files: The photos.
        explainer: With a model of single grains.
        out: Folder; made if absent.
        scale: Pixels per millimetre, in the photos at full size; None if unknown.
        heat: Write a picture of each grain, too, with the heat of the model's answer.
        progress: Wraps the photos' numbers, to show how far it is; given what is being done.

    Returns:
        The grains of all photos, each photo once, and the files with a note: the error of one that
        could not be read, or why one is not to be trusted.

    Raises:
        LensError: If `out` cannot be written to; its fact `done` is how many photos are written.
    """
    names, single = folder_names(str(file) for file in files), explainer.single_threaded()
    notes: list[tuple[Path, str | LensError]] = []
    everything: list[Grain] = []
    done, known, alike, photos = 0, True, False, set[str]()

    def work(file: Path) -> tuple[Photo, GrainCount] | PhotoError:
        try:
            photo = read_file(file, longest=PREVIEW)
        except PhotoError as error:
            return release_frames(error)
        return photo, count_grains(photo, single)

    try:
        with (
            open_table(out / "grains.csv", table_columns(scale)) as add_grains,
            open_table(out / "counts.csv", count_columns(scale)) as add_counts,
            closing(ordered_map(work, files)) as results,
        ):
            for number, result in zip(
                progress(range(len(files)), "counting"), results, strict=True
            ):
                file = files[number]
                if isinstance(result, LensError):
                    notes.append((file, result))
                    continue
                photo, found = result
                problem = found.problem
                if not found.grains and problem not in (NO_RICE, HEAP, TOO_SMALL):
                    problem = "none"
                alike |= problem == NOT_SEPARABLE
                if problem:
                    notes.append((file, NOTES[problem]))
                _write_pictures(out, names[number], photo, found, explainer, heat)
                add_grains([grain_row(str(file), each, scale) for each in found.doubtful_first])
                if not found.broken_known:
                    notes.append((file, NOTES["broken_unknown"]))
                    known = False
                counts = count_varieties(found.grains, explainer.card.names, found.broken_known)
                if not counts.varieties_known:
                    notes.append((file, NOTES["varieties_unknown"]))
                add_counts(count_rows(str(file), counts, found.grains, scale, problem))
                if photo.sha256 in photos:
                    notes.append((file, NOTES["again"]))
                else:
                    photos.add(photo.sha256)
                    everything += found.grains
                done += 1
            if len(files) > 1:
                in_all = count_varieties(everything, explainer.card.names, known)
                problem = NOT_SEPARABLE if alike else ""
                add_counts(count_rows(ALL, in_all, everything, scale, problem))
    except OSError as error:
        raise out_unwritable(out, error, done) from error
    return everything, notes


def table_columns(scale: float | None) -> tuple[str, ...]:
    """The columns of the table of grains."""
    return COLUMNS + (SCALED if scale else ())


def count_columns(scale: float | None) -> tuple[str, ...]:
    """The columns of the table of counts."""
    units = ("px", "mm") if scale else ("px",)
    return (*COUNT_COLUMNS, *(f"{each}_{unit}" for unit in units for each in SIZES))


def grain_row(file: str, grain: Grain, scale: float | None = None) -> dict[str, object]:
    """A grain's row of the table; lengths in pixels of the photo at full size."""
    cells: dict[str, object] = {
        "file": file,
        "sha256": grain.explanation.sha256,
        "number": grain.number,
        "left": grain.box.left,
        "top": grain.box.top,
        "box_width": grain.box.width,
        "box_height": grain.box.height,
        "area_px": round(grain.size.area),
        "length_px": round(grain.size.length, 1),
        "width_px": round(grain.size.width, 1),
        "class": grain.variety,
        "probability": None if grain.problem else round(grain.probability, 6),
        "problem": grain.problem,
        "grains": grain.count,
        "model": grain.explanation.model,
        "assumed_bits": grain.explanation.assumed_bits,
    }
    if scale:
        size = grain.millimetres(scale)
        cells |= {
            "area_mm2": round(size.area, 2),
            "length_mm": round(size.length, 2),
            "width_mm": round(size.width, 2),
        }
    return cells


def count_rows(
    file: str,
    counts: Counts,
    grains: Sequence[Grain],
    scale: float | None = None,
    problem: str = "",
) -> list[dict[str, object]]:
    """The rows of a photo's counts: varieties, the broken, what is not one grain, all.

    Sizes are those of whole grains, of each variety and of all. Where the photo has a problem or
    the varieties are not known, shares have no interval.
    """
    varieties = []
    for each in counts.shares:
        own = [grain for grain in grains if grain.variety == each.variety]
        varieties.append(
            {
                "file": file, "what": "variety", "class": each.variety, "pieces": each.grains,
                "grains": each.grains, "share": round(each.share, 4),
                "unsure": sum(grain.unsure for grain in own),
                "unfamiliar": sum(grain.unfamiliar for grain in own), **_size_cells(own, scale),
            }
        )  # fmt: skip
        if counts.varieties_known and not problem:
            varieties[-1] |= {"share_low": round(each.low, 4), "share_high": round(each.high, 4)}
    count = counts.broken if counts.broken or counts.broken_known else None
    broken: dict[str, object] = {"file": file, "what": BROKEN, "pieces": count, "grains": count}
    if counts.broken_share:
        share, low, high = (round(each, 4) for each in counts.broken_share)
        broken |= {"share": share, "share_low": low, "share_high": high}
    others = (
        (NOT_SEPARATED, counts.not_separated, counts.in_clumps),
        (AT_EDGE, counts.at_edge, counts.at_edge),
        (FRAGMENT, counts.fragments, 0),
    )
    everything = {
        "file": file, "what": "all", "pieces": counts.pieces, "grains": counts.grains,
        "unsure": counts.unsure, "unfamiliar": counts.unfamiliar, "problem": problem,
    }  # fmt: skip
    return [
        *varieties,
        broken,
        *(
            {"file": file, "what": what, "pieces": pieces, "grains": in_all}
            for what, pieces, in_all in others
        ),
        everything | _size_cells(grains, scale),
    ]


def _size_cells(grains: Sequence[Grain], scale: float | None) -> dict[str, object]:
    cells: dict[str, object] = {}
    for unit, per, digits in (("px", None, 1), ("mm", scale, 2)) if scale else (("px", None, 1),):
        sizes = summarize_sizes(grains, per)
        if sizes:
            numbers = (*sizes.length, *sizes.width)
            cells |= {
                f"{name}_{unit}": None if number is None else round(number, digits)
                for name, number in zip(SIZES, numbers, strict=True)
            }
    return cells


def _write_pictures(
    out: Path, name: str, photo: Photo, found: GrainCount, explainer: Explainer, heat: bool
) -> None:
    """Write a photo's numbered picture and, if wanted, one of each grain: all of them or none."""
    about = provenance(found, explainer.name)
    pictures = {out / f"{name}.png": (draw_numbered(photo.rgb, found, explainer.card.names), about)}
    for grain in found.grains if heat else ():
        what = about | {"Grain": str(grain.number), "Class": grain.explanation.predicted}
        pictures[out / name / f"{grain.number:04}.png"] = draw_close_up(grain, _SIDE), what
    if len(pictures) > 1:
        (out / name).mkdir(exist_ok=True)
    try:
        for file, (picture, what) in pictures.items():
            file.write_bytes(encode_png(picture, what))
    except BaseException:
        for file in pictures:
            file.unlink(missing_ok=True)
        raise
