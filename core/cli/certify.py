"""`python -m core certify`: one page on whether a model is fit to ship, or which of two."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.shared import (
    Commands,
    add_command,
    check_out,
    file_name,
    file_path,
    print_assumptions,
    print_left_out,
    progress_bar,
)
from core.errors import LensError
from core.explain.open_explainer import open_explainer
from core.models.registry import find_model


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(
        commands, "certify", "test whether a model can be relied on, or which of two to ship"
    )
    command.set_defaults(run=run)
    add = command.add_argument
    add("model", type=file_name, metavar="MODEL", help="an installed model's name, or a path")
    add(
        "folder",
        type=file_path,
        metavar="FOLDER",
        help="folders named after the classes, of photos that it was not trained on",
    )
    add("--out", type=file_path, required=True, metavar="DIR", help="the new folder for the page")
    add("--against", metavar="MODEL", help="another model, to say which of the two to ship")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.diagnosis.certificate_page import PAGE, write_certificate
    from core.diagnosis.certificate_text import (
        certificate_sentence,
        reliance_sentence,
        ship_sentence,
    )
    from core.diagnosis.certify import certify
    from core.diagnosis.labelled_photos import find_labelled_photos

    check_out(options.out)
    _check_empty(options.out)
    paths = [find_model(name) for name in (options.model, options.against) if name]
    if len(set(paths)) < len(paths):
        raise LensError(
            "same_model", f"--against names the same model, {paths[0].name}. Name another."
        )
    asked = []
    for path in paths:
        explainer = open_explainer(path)
        print_assumptions(explainer)
        known = find_labelled_photos([options.folder], explainer.card)
        if known is None:
            raise LensError(
                "classes_unknown",
                f"No folder in {options.folder} is named after a class of {explainer.name}: "
                f"{', '.join(explainer.card.names)}.",
            )
        asked.append((explainer, known))
    found = [certify(explainer, known, progress_bar) for explainer, known in asked]
    options.out.mkdir(parents=True, exist_ok=True)
    write_certificate(options.out, *found)
    for each in found:
        print(f"{each.name}: {reliance_sentence(each).en}")
        print(certificate_sentence(each).en)
    if options.against:
        print(ship_sentence(*found).en)
    print(options.out / PAGE)
    print_left_out(found[0].unread)
    return 1 if found[0].unread else 0


def _check_empty(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LensError("out_taken", f"{out} is not empty. Name a new folder.")
