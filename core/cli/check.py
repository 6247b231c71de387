"""`python -m core check`: show what a model is and how it was trained."""

from __future__ import annotations

import argparse
import sys

from core.cli.shared import (
    Commands,
    add_command,
    file_path,
    photo_files,
    print_left_out,
    progress_bar,
)
from core.errors import LensError
from core.explain.open_explainer import open_explainer
from core.models.registry import find_model


def add_parser(commands: Commands) -> None:
    """Define the command and its arguments."""
    command = add_command(
        commands, "check", "say what a model is and, from photos, how it was trained"
    )
    command.set_defaults(run=run)
    add = command.add_argument
    add("model", metavar="MODEL", help="an installed model's name, or a path")
    add(
        "photos",
        nargs="*",
        type=file_path,
        metavar="PHOTO",
        help="folders named after the classes, or a folder of them; or photos of unknown class",
    )
    add(
        "--save",
        action="store_true",
        help="write what was found into the model's card, and what is familiar to it",
    )
    add("--allow-code", action="store_true", help="run code that came with the model")


def run(options: argparse.Namespace) -> int:
    """Run the command; return the exit code."""
    from core.diagnosis.find_convention import (
        answer_unlabelled,
        correct_card,
        find_convention,
        save_card,
    )
    from core.diagnosis.findings_text import (
        answers_text,
        familiarity_text,
        findings_text,
        saved_text,
    )
    from core.diagnosis.labelled_photos import find_labelled_photos
    from core.diagnosis.model_text import model_text
    from core.explain.learn_familiarity import save_familiarity

    path = find_model(options.model)
    if options.save and not options.photos:
        raise LensError("save_nothing", "--save needs photos to find something that can be saved.")
    explainer = open_explainer(path, allow_code=options.allow_code)
    print(model_text(path, explainer))
    if not options.photos:
        return 0
    known, clear = find_labelled_photos(options.photos, explainer.card), False
    if known is None:
        files, missed = photo_files(options.photos)
        answers, unread = answer_unlabelled(explainer, files, progress_bar)
        unread = (*missed, *unread)
        print(f"\n{answers_text(answers, explainer.card)}")
    else:
        files = [file for file, _ in known.files]
        found, unread = find_convention(explainer, known, progress_bar)
        print(f"\n{findings_text(found, known, explainer.card)}")
        clear = found.clear
        if options.save and clear:
            card = correct_card(explainer.card, known, found)
            print(f"\n{saved_text(explainer.card, card, save_card(card, path))}")
    if options.save:
        learned, undecoded = save_familiarity(
            path, files, progress=progress_bar, allow_code=options.allow_code
        )
        print(f"\n{familiarity_text(learned)}")
        unread = (*unread, *(each for each in undecoded if each not in unread))
    if options.save and not clear:
        print("nothing is saved in the card: there is no clear finding", file=sys.stderr)
    print_left_out(unread)
    return 1 if unread or (options.save and not clear) else 0
