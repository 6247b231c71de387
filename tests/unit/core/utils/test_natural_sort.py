"""Names in the order in which people count."""

from __future__ import annotations

from core.utils.natural_sort import natural_sort_key


def test_names_sort_as_people_count():
    names = ["b2", "B10", "a", "b1.10", "b1.9"]
    assert sorted(names, key=natural_sort_key) == ["a", "b1.9", "b1.10", "b2", "B10"]
