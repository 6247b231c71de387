"""`python -m core models`: list the installed models."""

from __future__ import annotations

import argparse

from core.cli.shared import Commands, add_command
from core.models.registry import list_models


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(commands, "models", "list the installed models")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    for name, card in list_models().items():
        measured = card.measured
        seen = "single grains" if card.grains else "photos"
        accuracy = (
            f"{measured['accuracy']:.1%} right on {measured['photos']} unseen {seen}"
            if measured
            else "accuracy not measured"
        )
        classes = ", ".join(card.names)
        print(f"{name}\t{card.input.height} x {card.input.width}\t{classes}\t{accuracy}")
    return 0
