"""Launch options: command-line arguments of the page, after `--`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import LensError
from core.models import registry


@dataclass(frozen=True)
class LaunchOptions:
    """Options set by the operator, who started the page.

    Attributes:
        models: Folder of the models that a visitor can choose from.
        model_uploads: Whether visitors may bring a model of their own.
        photos: Folder whose photos visitors may look at; None for none.
        notes: File in which the visitors' notes on photos are kept; None to keep them in the
            session.
    """

    models: Path
    model_uploads: bool = False
    photos: Path | None = None
    notes: Path | None = None


def launch_options(arguments: Sequence[str] | None = None) -> LaunchOptions:
    """Read the options that stand after `--` in `streamlit run dashboard/app.py -- …`.

    Args:
        arguments: Without the program's name; those of this process for None.

    Raises:
        LensError: If there are others, so that a slip of the pen is not taken for a choice.

    Example:
        >>> launch_options(["--model-uploads"]).model_uploads
        True
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("--models", type=Path, default=registry.MODELS)
    parser.add_argument("--model-uploads", action="store_true")
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--notes", type=Path)
    try:
        known, unknown = parser.parse_known_args(given)
    except argparse.ArgumentError:
        known, unknown = None, given
    if known is None or unknown:
        raise LensError(
            "operator_options",
            f"The page was started with options that it does not know: {' '.join(unknown)}. After "
            "-- it takes --models FOLDER, --model-uploads, --photos FOLDER and --notes FILE.",
            options=" ".join(unknown),
        )
    return LaunchOptions(known.models, known.model_uploads, known.photos, known.notes)
