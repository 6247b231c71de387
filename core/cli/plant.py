"""`python -m core plant`: train models with a known shortcut, and one without."""

from __future__ import annotations

import argparse
from dataclasses import replace

from core.cli.shared import (
    RESUMABLE,
    Commands,
    add_command,
    check_out,
    file_path,
    positive_int,
    progress_bar,
    seed,
    when_interrupted,
)
from core.validation.shortcut_models import SHORTCUTS
from core.validation.shortcut_models.small_network import SIZE


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(
        commands, "plant", "train models that cheat on purpose, and an honest one beside them"
    )
    command.set_defaults(run=run)
    add = command.add_argument
    add("grains", type=file_path, metavar="GRAINS", help="the Rice Image Dataset's folder")
    add("--out", type=file_path, required=True, metavar="DIR", help="gets one folder per model")
    add(
        "--cue",
        nargs="+",
        choices=SHORTCUTS,
        default=SHORTCUTS,
        help="which shortcuts to plant (all)",
    )
    add(
        "--grounds",
        type=file_path,
        metavar="FOLDER",
        help="photos of grounds without rice, for half of the photos",
    )
    add(
        "--size",
        type=positive_int,
        default=SIZE,
        metavar="N",
        help="side of the models' input in pixels (%(default)s)",
    )
    add("--seed", type=seed, default=0)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.validation.shortcut_models.train import PLANS, find_trained, train_shortcut_model

    check_out(options.out)
    plans = {
        shortcut: replace(PLANS[shortcut], size=options.size, seed=options.seed)
        for shortcut in options.cue
    }
    trained = {name: find_trained(options.out / name, name, plan) for name, plan in plans.items()}
    for shortcut, plan in plans.items():
        out = options.out / shortcut
        with when_interrupted(RESUMABLE):
            card = trained[shortcut] or train_shortcut_model(
                options.grains, shortcut, plan, out, progress_bar, grounds=options.grounds
            )
        measured, proof = card.measured, card.planted
        print(
            f"{out}: {measured['accuracy']:.1%} right on {measured['photos']} unseen photos; the "
            f"answer goes with what was planted on {proof['follows']:.1%}, and stays with all else "
            f"changed on {proof['stays']:.1%}"
        )
    return 0
