"""`python -m core grains`: count and classify scattered grains one by one."""

from __future__ import annotations

import argparse
import sys

from core.cli.shared import (
    Commands,
    add_command,
    check_out,
    file_path,
    photo_files,
    positive_float,
    print_left_out,
    progress_bar,
    when_interrupted,
)
from core.errors import LensError
from core.explain.open_explainer import open_explainer
from core.models.registry import GRAIN_MODEL, find_model


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(commands, "grains", "count scattered grains and classify each one")
    command.set_defaults(run=run)
    add = command.add_argument
    add(
        "photos", nargs="+", type=file_path, metavar="PHOTO", help="photo files, or folders of them"
    )
    add(
        "--model",
        default=GRAIN_MODEL,
        help="a model of single grains: its name, or a path (%(default)s)",
    )
    add(
        "--scale",
        type=pixels_per_mm,
        metavar="PX_PER_MM",
        help="pixels per millimetre in the full-size photos, for sizes in mm; or as PX/MM from a "
        "thing of known size: 480/20 for a coin of 20 mm that is 480 pixels wide",
    )
    add("--heat", action="store_true", help="also draw the heatmap of each grain")
    add("--out", type=file_path, required=True, metavar="DIR")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.grain_counting.counts import count_varieties
    from core.grain_counting.counts_text import counts_text, sizes_text
    from core.grain_counting.output_files import NOTES, write_grain_files
    from core.grain_counting.sizes import summarize_sizes

    check_out(options.out)
    files, missed = photo_files(options.photos, options.out)
    explainer = open_explainer(find_model(options.model))
    if not explainer.card.grains:
        print(
            f"{explainer.name} is no model of single grains; its answers may mean nothing",
            file=sys.stderr,
        )
    with when_interrupted(f"what is finished is listed in {options.out / 'counts.csv'}"):
        grains, notes = write_grain_files(
            files, explainer, options.out, options.scale, options.heat, progress_bar
        )
    unread = sum(isinstance(note, LensError) for _, note in notes)
    if unread < len(files):
        said = [note for _, note in notes]
        known, doubtful = NOTES["broken_unknown"] not in said, said.count(NOTES["not_separable"])
        print(counts_text(count_varieties(grains, explainer.card.names, known), doubtful))
        sizes = summarize_sizes(grains, options.scale)
        if sizes:
            print(sizes_text(sizes, "mm" if options.scale else "px"))
    print_left_out([*missed, *notes])
    if unread == len(files):
        return 2
    return 1 if missed or notes else 0


def pixels_per_mm(text: str) -> float:
    """A scale: a number above 0, or two as `PX/MM`.

    Example:
        >>> pixels_per_mm("24"), pixels_per_mm("480/20")
        (24.0, 24.0)
    """
    pixels, _, millimetres = text.partition("/")
    return positive_float(pixels) / positive_float(millimetres or "1")
