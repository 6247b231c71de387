"""Natural sort order of names: "2" before "10"."""

from __future__ import annotations

import re


def natural_sort_key(name: str) -> list[tuple[int, int, str]]:
    """A sort key that puts photo 9 before photo 10.

    Example:
        >>> sorted(["p10.jpg", "p9.jpg"], key=natural_sort_key)
        ['p9.jpg', 'p10.jpg']
    """
    parts = re.split(r"([0-9]+)", name.casefold())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
