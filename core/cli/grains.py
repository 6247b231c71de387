"""`python -m core grains`: count and classify scattered grains one by one."""

from __future__ import annotations

import argparse
import sys

from core.cli.shared import (
    Commands,
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
    command = commands.add_parser("grains", help="count and classify scattered grains one by one")
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
        type=positive_float,
        metavar="PX_PER_MM",
        help="pixels per millimetre, for sizes in mm",
    )
    add("--heat", action="store_true", help="also draw the heatmap of each grain")
    add("--out", type=file_path, required=True, metavar="DIR")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.grain_counting.counts_text import counts_text
    from core.grain_counting.output_files import write_grain_files

    check_out(options.out)
    files, missed = photo_files(options.photos)
    explainer = open_explainer(find_model(options.model))
    if not explainer.card.grains:
        print(
            f"{explainer.name} is no model of single grains; its answers may mean nothing",
            file=sys.stderr,
        )
    with when_interrupted(f"what is finished is listed in {options.out / 'counts.csv'}"):
        counts, notes = write_grain_files(
            files, explainer, options.out, options.scale, options.heat, progress_bar
        )
    unread = sum(isinstance(note, LensError) for _, note in notes)
    if unread < len(files):
        print(counts_text(counts))
    print_left_out([*missed, *notes])
    if unread == len(files):
        return 2
    return 1 if missed or notes else 0
