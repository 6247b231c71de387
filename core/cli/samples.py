"""`python -m core samples`: render the sample photos."""

from __future__ import annotations

import argparse

from core.cli.shared import Commands, add_command, check_out, file_path


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(
        commands, "samples", "render the sample photos and the masks of their rice"
    )
    command.set_defaults(run=run)
    command.add_argument("--out", type=file_path, required=True, metavar="DIR")
    command.add_argument(
        "--demonstration",
        action="store_true",
        help="the photos of the two models to compare, instead",
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.synthetic.samples import list_samples, write_samples
    from core.validation.shortcut_models.demo_photos import demo_photos, write_demo_photos

    check_out(options.out)
    if options.demonstration:
        write_demo_photos(options.out, demo_photos())
    else:
        write_samples(options.out, list_samples())
    return 0
