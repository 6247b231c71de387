"""Location of the strongest heat in the photo, as a text key."""

from __future__ import annotations

from core.evidence.comparison import brightest_third
from core.explain.explanation import Explanation

_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("left", "centre", "right")
NOWHERE, EVERYWHERE = "nowhere", "everywhere"
PLACES = (*(f"{row}.{column}" for row in _ROWS for column in _COLUMNS), NOWHERE, EVERYWHERE)


def hottest(explanation: Explanation, target: str) -> str:
    """The third of the photo, down and across, that is brightest for a class.

    Returns:
        One of `PLACES`; "nowhere" if nothing in the photo does.
    """
    grid = explanation.map(target)
    if grid.max() <= 0:
        return NOWHERE
    third = brightest_third(grid, explanation.placement)
    if third is None:
        return EVERYWHERE
    row, column = third
    return f"{_ROWS[row]}.{_COLUMNS[column]}"
