"""What wraps a long task leaves it as it is."""

from __future__ import annotations

from core.cli.shared import progress_bar
from core.utils.progress import Progress, silent


def test_items_come_as_they_are():
    wraps: tuple[Progress, ...] = (silent, progress_bar)
    for wrap in wraps:
        assert list(wrap([3, 1, 2], "counting")) == [3, 1, 2]
