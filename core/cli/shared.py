"""Arguments, messages and progress bars used by several commands."""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, TypeVar

from tqdm import tqdm

from core.errors import LensError
from core.evidence.collect import FULL, VERDICT
from core.explain.explainer import Explainer
from core.explain.output_files import check_outside, out_unwritable
from core.images.photo_formats import EXTENSIONS

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

T = TypeVar("T")

EVIDENCE = "--evidence"
RESUMABLE = "the same command goes on where it was"
"""What a training says that was interrupted."""


def add_command(commands: Commands, name: str, does: str, *others: str) -> argparse.ArgumentParser:
    """Define a command by what it does, which the list of commands and its own help say.

    Args:
        commands: All of them.
        name: Its name.
        does: A phrase that begins with a verb.
        *others: Names that are understood as well.
    """
    sentence = f"{does[0].upper()}{does[1:]}."
    return commands.add_parser(name, aliases=others, help=does, description=sentence)


def progress_bar(items: Iterable[T], doing: str) -> Iterable[T]:
    """Shows how far it is, where somebody looks."""
    return tqdm(items, desc=doing, unit="photo", disable=None)


def photo_files(
    paths: Sequence[Path], out: Path | None = None
) -> tuple[list[Path], list[tuple[Path, str]]]:
    """Photo files, where a folder stands for the photos in it, at any depth.

    Args:
        paths: Files and folders.
        out: Where pictures will be written.

    Returns:
        The files, and the folders that gave none or cannot be read, each with the reason.

    Raises:
        LensError: If there is no file at all, or one of the folders holds `out`.
    """
    files: list[Path] = []
    missed: list[tuple[Path, str]] = []

    def unreadable(error: OSError) -> None:
        missed.append((Path(error.filename), f"the folder cannot be read ({error.strerror})"))

    for path in paths:
        if not os.path.isdir(path):
            files.append(path)
            continue
        if out:
            check_outside(out, path)
        before = len(missed)
        inside = [
            Path(folder, name)
            for folder, _, names in os.walk(path, onerror=unreadable)
            for name in names
            if Path(name).suffix[1:].lower() in EXTENSIONS
        ]
        if not inside and len(missed) == before:
            missed.append((path, "there are no photos in this folder"))
        files += sorted(inside)
    if not files:
        reasons = "".join(f"\n{path}: {reason}" for path, reason in missed)
        raise LensError("photos_none", f"There are no photos. Name photos, or a folder.{reasons}")
    return files, missed


def check_out(out: Path) -> None:
    """Make sure, before any work, that a folder is there or can be made, and can be written to.

    Raises:
        LensError: If not; says why.
    """
    try:
        nearest = (out, *out.absolute().parents)
        # A link that leads nowhere is there, too.
        there = next(each for each in nearest if each.is_symlink() or each.exists())
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        raise out_unwritable(out, error) from error


def add_evidence(command: argparse.ArgumentParser) -> None:
    """Define `--evidence`, with or without a level; see `name_evidence`."""
    command.add_argument(
        EVIDENCE,
        nargs="?",
        choices=[VERDICT, FULL],
        const=VERDICT,
        default="",
        metavar=FULL,
        help="check what the model uses of each photo: five more runs or so; full: about "
        "a hundred, which also tell whether the heatmap can be trusted",
    )


def name_evidence(arguments: Iterable[str]) -> list[str]:
    """The arguments with a level for each `--evidence`; argparse would take a photo for it.

    Example:
        >>> name_evidence(["--evidence", "full", "a.jpg"])
        ['--evidence=full', 'a.jpg']
        >>> name_evidence(["--evidence", "a.jpg"])
        ['--evidence=verdict', 'a.jpg']
    """
    named: list[str] = []
    for each in arguments:
        if each == FULL and named[-1:] == [f"{EVIDENCE}={VERDICT}"]:
            named[-1] = f"{EVIDENCE}={FULL}"
        else:
            named.append(f"{EVIDENCE}={VERDICT}" if each == EVIDENCE else each)
    return named


@contextmanager
def when_interrupted(sentence: str) -> Iterator[None]:
    """Say what is left and how to go on, should the command be interrupted meanwhile."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt(sentence) from stopped


def print_left_out(files: Iterable[tuple[Path, object]]) -> None:
    """Name files on stderr, each with the reason, in a line each.

    A name may hold line breaks and what a terminal obeys: they are written out.
    """
    for file, reason in files:
        name = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in str(file))
        print(f"{name}: {reason}", file=sys.stderr)


def print_assumptions(explainer: Explainer) -> None:
    """Name on stderr what had to be assumed of a model without a card."""
    for assumption in explainer.card.assumptions:
        print(f"{explainer.name} came without a card; assumed: {assumption}", file=sys.stderr)


def file_name(text: str) -> str:
    """A name of a file or folder; an empty one would stand for the folder one is in."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def file_path(text: str) -> Path:
    """A path that is not empty."""
    return Path(file_name(text))


def fraction(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def positive_int(text: str) -> int:
    """A whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def count(text: str) -> int:
    """A whole number from 0 on."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return value


def seed(text: str) -> int:
    """What random numbers begin from: a whole number from 0 to 2**31 - 1."""
    value = count(text)
    if value >= 2**31:
        raise argparse.ArgumentTypeError(f"{text} is more than {2**31 - 1}")
    return value


def positive_float(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value
