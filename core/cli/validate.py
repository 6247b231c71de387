"""`python -m core validate`: validate the evidence on models with a known shortcut."""

from __future__ import annotations

import argparse
import sys

from core.cli.shared import (
    Commands,
    add_command,
    check_out,
    file_path,
    positive_int,
    progress_bar,
    seed,
)

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
    add("--save", action="store_true", help="save the thresholds for the project, if all hold")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.validation.shortcut_models import INNOCENT
    from core.validation.tables import format_share, method_sentence
    from core.validation.validate import adopt_thresholds, validate

    if options.command == OLD_NAME:
        print(f"The command {OLD_NAME} is now called validate.", file=sys.stderr)
    check_out(options.out)
    report = validate(
        options.models, options.grains, options.out, options.photos, options.seed, options.piles,
        progress_bar, options.grounds,
    )  # fmt: skip
    for each in report.test:
        what = "false alarm" if each.model in INNOCENT else "detected"
        print(f"{each.model}, {each.masks} masks: {what} on {format_share(each.blamed)}")
    print(method_sentence(report.methods))
    for each in report.missed:
        print(f"{each.model} misses its floor", file=sys.stderr)
    if options.save and not report.missed:
        adopt_thresholds(report.thresholds)
    return 1 if report.missed else 0
