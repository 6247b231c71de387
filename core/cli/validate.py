"""`python -m core validate`: validate the evidence on models with a known shortcut."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.cli.shared import (
    Commands,
    add_command,
    check_out,
    file_path,
    positive_int,
    progress_bar,
    seed,
)
from core.errors import LensError
from core.validation.shortcut_models import INNOCENT, SHORTCUTS

if TYPE_CHECKING:
    from core.validation.verdict_counts import VerdictCounts

OLD_NAME = "evidence"
"""What the command was called; still understood."""


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(
        commands,
        "validate",
        "test the evidence on the models that plant has trained, and fit its thresholds",
        OLD_NAME,
    )
    command.set_defaults(run=run)
    add = command.add_argument
    add("models", type=file_path, metavar="MODELS", help="what plant wrote: one folder per model")
    add("grains", type=file_path, metavar="GRAINS", help="the Rice Image Dataset's folder")
    add("--out", type=file_path, required=True, metavar="DIR")
    add("--photos", type=positive_int, default=200, metavar="N", help="per model (%(default)s)")
    # Not 0: these photos chose the models' best epochs.
    add("--seed", type=seed, default=1, help="of the composed photos (%(default)s)")
    add(
        "--piles",
        type=file_path,
        metavar="FOLDER",
        help="phone photos of the default model's data set",
    )
    add(
        "--grounds",
        type=file_path,
        metavar="FOLDER",
        help="photos of grounds without rice, for half of the composed photos",
    )
    add(
        "--cue",
        nargs="+",
        choices=SHORTCUTS,
        metavar="CUE",
        help="only count the verdicts on these models, by the project's own thresholds: "
        f"{', '.join(SHORTCUTS)}",
    )
    add("--save", action="store_true", help="save the thresholds for the project, if all hold")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.validation.shortcut_counts import count_shortcuts
    from core.validation.tables import method_sentence
    from core.validation.validate import adopt_thresholds, validate

    if options.command == OLD_NAME:
        print(f"The command {OLD_NAME} is now called validate.", file=sys.stderr)
    if options.cue and (options.save or options.piles):
        raise LensError(
            "cue_counts", "--cue only counts verdicts. Leave out --save and --piles, or --cue."
        )
    check_out(options.out)
    if options.cue:
        counted = count_shortcuts(
            options.models, options.grains, options.out, options.cue, options.photos, options.seed,
            progress_bar, options.grounds,
        )  # fmt: skip
        _print_counts(counted)
        return 0 if all(each.within_limits for each in counted) else 1
    report = validate(
        options.models, options.grains, options.out, options.photos, options.seed, options.piles,
        progress_bar, options.grounds,
    )  # fmt: skip
    _print_counts(report.test)
    print(method_sentence(report.methods))
    for each in report.missed:
        print(f"{each.model} misses its floor", file=sys.stderr)
    if options.save and not report.missed:
        adopt_thresholds(report.thresholds)
    return 1 if report.missed else 0


def _print_counts(counted: Sequence[VerdictCounts]) -> None:
    """How often each model was blamed, a line each."""
    from core.validation.tables import format_share

    for each in counted:
        what = "false alarm" if each.model in INNOCENT else "detected"
        print(f"{each.model}, {each.masks} masks: {what} on {format_share(each.blamed)}")
