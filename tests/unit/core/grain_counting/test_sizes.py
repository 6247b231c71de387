"""Sizes are summarized over whole grains, in pixels or, with a scale, in millimetres."""

from __future__ import annotations

import statistics
from types import SimpleNamespace

import pytest

from core.grain_counting.count_grains import count_grains
from core.grain_counting.sizes import spread, summarize_sizes
from core.images.decode import Photo
from tests.support.drawn_grains import table


def test_a_spread_is_that_of_the_standard_library():
    numbers = [61.0, 58.5, 70.25, 64.0]
    assert spread(numbers) == pytest.approx(
        (statistics.mean(numbers), statistics.median(numbers), statistics.stdev(numbers))
    )


def test_drawn_lengths_are_found_again(explainer):
    lengths = [50, 54, 58, 62, 66, 70]
    drawn = [(60 + 100 * n, 100, length, 22, 0) for n, length in enumerate(lengths)]
    # Neither a half, nor what the edge cuts, nor a clump has a say.
    others = [(100, 300, 30, 22, 0), (2, 400, 60, 22, 0), (400, 400, 88, 32, 0)]
    rgb, _ = table(*drawn, *others)
    found = count_grains(Photo(rgb, "f" * 64, (1280, 960), "PNG"), explainer)
    pixels, millimetres = (summarize_sizes(found.grains, scale) for scale in (None, 20.0))
    assert pixels.length.mean == pytest.approx(2 * statistics.mean(lengths), rel=0.03)
    assert pixels.length.median == pytest.approx(2 * statistics.median(lengths), rel=0.03)
    assert pixels.length.deviation == pytest.approx(2 * statistics.stdev(lengths), rel=0.06)
    assert pixels.width.mean == pytest.approx(44, rel=0.06)
    assert millimetres.length == pytest.approx([value / 20 for value in pixels.length])


def test_without_a_whole_grain_there_is_no_size():
    broken = SimpleNamespace(problem="broken")
    assert summarize_sizes([broken]) is None
