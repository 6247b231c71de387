"""Errors that a user can act on: what came, what was expected, what to do next."""

from __future__ import annotations

from pathlib import Path


class LensError(Exception):
    """An error whose message is meant to be read by the person who caused it.

    Args:
        code: Stable key of the sentence, so that the page can say it in the reader's language.
        message: The whole sentence in English.
        **facts: Values that the sentence needs, by name.

    Example:
        >>> error = PhotoError("empty", "The file is empty (0 bytes). Choose another.", size=0)
        >>> str(error), error.code, error.facts
        ('The file is empty (0 bytes). Choose another.', 'empty', {'size': 0})
    """

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(message)
        self.code = code
        self.facts = facts


def out_busy(out: Path) -> LensError:
    """The error of a folder that another process writes into at the moment."""
    return LensError(
        "out_busy", f"Another process is writing into {out}. Wait for it, or name a new folder."
    )


class PhotoError(LensError):
    """A file that cannot be shown as a photo."""


class ModelError(LensError):
    """A model that cannot be built, opened or explained."""


class TrainingError(LensError):
    """A folder of photos that cannot be trained from."""
