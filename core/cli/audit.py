"""`python -m core audit`: how far photos give their class away without the rice."""

from __future__ import annotations

import argparse

from core.cli.shared import Commands, add_command, file_path, print_left_out, progress_bar
from core.errors import LensError


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(
        commands, "audit", "say what else than the rice gives the class away in a folder of photos"
    )
    command.set_defaults(run=run)
    command.add_argument(
        "folder", type=file_path, metavar="FOLDER", help="one folder of photos per class"
    )


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.diagnosis.audit_text import audit_text
    from core.training.dataset import audit_folder, read_folder

    folder = read_folder(options.folder, progress_bar)
    print_left_out(folder.unreadable)
    audit = audit_folder(folder, progress_bar)
    if not audit.can_tell:
        raise LensError("scenes_few", audit_text(audit))
    print(audit_text(audit))
    return 1 if folder.unreadable else 0
