"""Lines that visitors drew across a thing of known length, and the scale that they give."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from dashboard.state.session import Entry, Session

Ends = tuple[float, float, float, float]
"""x and y of one end and of the other, in shares of the photo's width and height."""


@dataclass(frozen=True)
class Reference:
    """A thing of known length that lies in a photo.

    Attributes:
        label: What it is, in the reader's words.
        mm: Its length.
    """

    label: str
    mm: float


@dataclass
class _Lines:
    by_photo: dict[str, Ends] = field(default_factory=dict)


def measured_line(session: Session, entry: Entry) -> Ends | None:
    """The line on a photo, if there is one."""
    return session.part(_Lines).by_photo.get(entry.sha256)


def line_choice(session: Session, entry: Entry) -> dict[str, Any]:
    """The line on a photo, as `draw_line` takes it."""
    return {"of": entry.sha256, "ends": list(measured_line(session, entry) or ()) or None}


def draw_line(session: Session, line: Any) -> None:
    """Take over a line from a browser; what makes no sense is left out.

    Args:
        session: Has the photo.
        line: `of`, the photo's hash, and `ends`, as of `Ends`.
    """
    if not isinstance(line, dict) or str(line.get("of")) not in session.photos:
        return
    ends = line.get("ends")
    if not isinstance(ends, list) or len(ends) != 4 or not all(map(_is_share, ends)):
        return
    x0, y0, x1, y1 = map(float, ends)
    session.part(_Lines).by_photo[str(line["of"])] = x0, y0, x1, y1


def line_length(ends: Ends, size: tuple[int, int]) -> float:
    """The length of a line in pixels.

    Args:
        ends: The line.
        size: (height, width) of the photo.

    Example:
        >>> line_length((0.25, 0.5, 0.75, 0.5), (300, 400))
        200.0
    """
    x0, y0, x1, y1 = ends
    return math.hypot((x1 - x0) * size[1], (y1 - y0) * size[0])


def _is_share(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1
