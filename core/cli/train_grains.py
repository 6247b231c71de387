"""`python -m core train-grains`: train the model for single grains."""

from __future__ import annotations

import argparse
from dataclasses import replace

from core.cli.shared import (
    RESUMABLE,
    Commands,
    add_command,
    check_out,
    file_path,
    progress_bar,
    seed,
    when_interrupted,
)


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(commands, "train-grains", "train the model of single grains")
    command.set_defaults(run=run)
    add = command.add_argument
    add("grains", type=file_path, metavar="GRAINS", help="the Rice Image Dataset's folder")
    add("--out", type=file_path, required=True, metavar="MODEL", help="the new model's folder")
    add("--seed", type=seed, default=0)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.training.recipes.grain_classifier import GrainTrainingPlan, train_grain_classifier

    check_out(options.out)
    with when_interrupted(RESUMABLE):
        card = train_grain_classifier(
            options.grains,
            replace(GrainTrainingPlan(), seed=options.seed),
            options.out,
            progress_bar,
        )
    measured, elsewhere = card.measured, card.grains
    print(
        f"{options.out}: {measured['accuracy']:.1%} right on {measured['photos']} unseen grains, "
        f"{elsewhere['accuracy']:.1%} on {elsewhere['grains']} that lie on unseen grounds"
    )
    return 0
