"""Cached results are made once, and again for anything else."""

from __future__ import annotations

import pytest

from core.validation.disk_cache import cached


def test_results_are_made_once_and_again_for_anything_else(tmp_path):
    made = []

    def make():
        made.append(1)
        return [len(made)]

    file = tmp_path / "answers" / "some.json"
    assert [cached(file, {"seed": 1}, make) for _ in range(2)] == [[1], [1]]
    assert cached(file, {"seed": 2}, make) == [2]
    assert list(file.parent.iterdir()) == [file]


def test_what_cannot_be_made_leaves_no_file(tmp_path):
    def fail():
        raise KeyboardInterrupt

    file = tmp_path / "answers" / "some.json"
    with pytest.raises(KeyboardInterrupt):
        cached(file, {}, fail)
    assert not file.exists()
    assert cached(file, {}, lambda: ["made"]) == ["made"]
