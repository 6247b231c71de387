"""What a visitor has painted over a rice mask, as run lengths.

The browser sends it as a list: for each run of pixels, row after row, three times its length plus
what it counts as. What nothing was painted on stays as it was found.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FOUND, RICE, BACKGROUND = KINDS = range(3)
"""What a pixel counts as; `brush.js` has them, too."""


def pack_runs(runs: Any, size: tuple[int, int]) -> bytes | None:
    """Pack run lengths that the browser sent.

    Args:
        runs: What came, which may be anything.
        size: (height, width) of the mask.

    Returns:
        The runs as uint32; b"" where nothing is painted; None for what is no list of runs that fill
        the mask.

    Example:
        >>> runs = [3 * 4 + FOUND, 3 * 2 + RICE]
        >>> paint_over(np.zeros((2, 3), bool), pack_runs(runs, (2, 3))).astype(int).tolist()
        [[0, 0, 0], [0, 1, 1]]
        >>> pack_runs(runs, (4, 4)), pack_runs([], (4, 4))
        (None, b'')
    """
    pixels = size[0] * size[1]
    most = len(KINDS) * (pixels + 1)
    if not isinstance(runs, list) or len(runs) > pixels:
        return None
    if not all(type(run) is int and len(KINDS) <= run < most for run in runs):
        return None
    lengths, kinds = np.divmod(np.array(runs, np.int64), len(KINDS))
    if runs and lengths.sum() != pixels:
        return None
    return np.array(runs, "<u4").tobytes() if kinds.any() else b""


def unpack_runs(painted: bytes) -> list[int]:
    """The run lengths as the browser takes them."""
    return [int(run) for run in np.frombuffer(painted, "<u4")]


def paint_over(mask: NDArray[np.bool_], painted: bytes) -> NDArray[np.bool_]:
    """A mask with what was painted over it, bool [H, W].

    Args:
        mask: bool [H, W].
        painted: From `pack_runs`, for this size.
    """
    if not painted:
        return mask
    lengths, kinds = np.divmod(np.frombuffer(painted, "<u4"), len(KINDS))
    laid = np.repeat(kinds, lengths).reshape(mask.shape)
    return np.where(laid == FOUND, mask, laid == RICE)
