"""`python -m core compile`: make a model ready to run without TensorFlow."""

from __future__ import annotations

import argparse

from core.commands.arguments import Commands
from core.models.library import find, open_model
from core.models.opening import identity_of


def declare(commands: Commands) -> None:
    """Add the command and what it takes."""
    command = commands.add_parser("compile", help="make a model ready to run without TensorFlow")
    command.set_defaults(run=run)
    command.add_argument("model", help="an installed model's name, or a model's folder")


def run(options: argparse.Namespace) -> int:
    """Do it; gives the exit code."""
    from core.models.compile import compile_model

    path = find(options.model)
    model = open_model(path)
    print(compile_model(model.frozen, model.card, identity_of(path), path))
    return 0
