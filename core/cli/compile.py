"""`python -m core compile`: make a model ready to run without TensorFlow."""

from __future__ import annotations

import argparse

from core.cli.shared import Commands, add_command, check_out
from core.explain.open_explainer import compile_model
from core.models.registry import MODEL_FILE, find_model


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(commands, "compile", "make a model run without TensorFlow")
    command.set_defaults(run=run)
    command.add_argument("model", help="an installed model's name, or a path")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    model = find_model(options.model)
    if (model / MODEL_FILE).is_file():  # others are compiled into the user's cache
        check_out(model)
    print(compile_model(model))
    return 0
