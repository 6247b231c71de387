"""`python -m core train-segmenter`: train the network that tells rice from all else."""

from __future__ import annotations

import argparse

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
    command = add_command(
        commands, "train-segmenter", "train the network that finds rice in photos"
    )
    command.set_defaults(run=run)
    add = command.add_argument
    add("data", type=file_path, metavar="DATA",
        help="holds grains, backgrounds, not_rice, wild and piles")  # fmt: skip
    add("--out", type=file_path, required=True, metavar="DIR", help="the network's new folder")
    add("--held-out", nargs="*", default=[], metavar="SOURCE",
        help="not trained on but measured on: the part of file names before '_'")  # fmt: skip
    add("--continue", dest="start", type=file_path, metavar="FILE",
        help="a segmenter.onnx to train further, at half the pace")  # fmt: skip
    add("--halfway", action="store_true",
        help="with --continue: end halfway between what it was and what it became")  # fmt: skip
    add("--steps", type=int, default=10_000, metavar="N")
    add("--seed", type=seed, default=0)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.training.recipes.rice_segmenter import SegmenterPlan, train_segmenter

    check_out(options.out)
    plan = SegmenterPlan(
        steps=options.steps,
        seed=options.seed,
        held_out=tuple(sorted(options.held_out)),
        halfway=options.halfway,
    )
    with when_interrupted(RESUMABLE):
        written = train_segmenter(options.data, plan, options.out, progress_bar, options.start)
    measured = written["measured"]
    if measured["with_rice"]:
        print(
            f"{options.out}: {measured['median_overlap']:.1%} median overlap on "
            f"{measured['with_rice']} samples of sources left out; "
            f"{measured['mistaken']:.1%} of {measured['without_rice']} samples without rice taken "
            "for rice"
        )
    return 0
