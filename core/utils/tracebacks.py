"""Release of what failed calls had in their variables, where an error is kept."""

from __future__ import annotations

import traceback
from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def release_frames(error: E) -> E:
    """Clear the variables of the calls that an error came through, and of what caused it.

    A kept error keeps its traceback, this the calls' variables, and these whole files and pictures.

    Returns:
        The error, whose traceback still names the lines.

    Example:
        >>> str(release_frames(ValueError("a damaged file")))
        'a damaged file'
    """
    cause: BaseException | None = error
    while cause:
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__context__
    return error
