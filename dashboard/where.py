"""Where in the photo the most heat is, as the key of a word."""

from __future__ import annotations

import numpy as np

from core.explanation import Explanation
from core.render import heat

_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("left", "centre", "right")
NOWHERE, EVERYWHERE = "nowhere", "everywhere"
PLACES = (*(f"{row}.{column}" for row in _ROWS for column in _COLUMNS), NOWHERE, EVERYWHERE)
_EVEN = 0.8  # where the least heat is this share of the most, no place stands out
_SIZE = 90, 90


def hottest(explanation: Explanation, target: str) -> str:
    """The third of the photo, down and across, that is brightest for a class.

    Returns:
        One of `PLACES`; "nowhere" if nothing in the photo does.
    """
    grid = explanation.map(target)
    if grid.max() <= 0:
        return NOWHERE
    if grid.min() > _EVEN * grid.max():
        return EVERYWHERE
    drawn = heat(grid, explanation.placement, _SIZE)
    peak = np.argwhere(drawn.levels == drawn.levels.max()).mean(axis=0)
    row, column = (3 * (peak + 0.5) / _SIZE).astype(int)
    return f"{_ROWS[row]}.{_COLUMNS[column]}"
