"""What several commands share: what they take, tell and show."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias, TypeVar

from tqdm import tqdm

from core.explain.explainer import Explainer
from core.explain.open_explainer import model_digest
from core.images.photo_formats import EXTENSIONS
from core.models.registry import open_model

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

T = TypeVar("T")


def progress_bar(items: Iterable[T], doing: str) -> Iterable[T]:
    """Shows how far it is, where somebody looks."""
    return tqdm(items, desc=doing, unit="photo", disable=None)


def photo_files(path: Path) -> list[Path]:
    """A folder stands for the photos in it, whatever class folders they lie in."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix[1:].lower() in EXTENSIONS)


def print_assumptions(explainer: Explainer) -> None:
    """Name on stderr what had to be assumed of a model without a card."""
    for assumption in explainer.card.assumptions:
        print(f"{explainer.name} came without a card; assumed: {assumption}", file=sys.stderr)


def compile_folder(path: Path) -> Path:
    """Make a model ready to run without TensorFlow; gives the compiled file."""
    from core.models.onnx.export import export_onnx

    model = open_model(path)
    return export_onnx(model.frozen, model.card, model_digest(path), path)


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


def positive_float(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value
