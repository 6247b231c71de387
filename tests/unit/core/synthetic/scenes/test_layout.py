"""Grains lie where their layout says."""

from __future__ import annotations

import numpy as np
import pytest

from core.synthetic.scenes.layout import LAYOUTS, sample_layout, sample_scale

GRAIN = (30.0, 10.0)  # length and width in pixels


def layout(kind: str, count: int | None = None, seed: int = 0):
    return sample_layout(kind, 200, 300, GRAIN, np.random.default_rng(seed), count)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_layout_repeats_and_has_a_place_of_each_kind_for_every_grain(kind: str) -> None:
    found, again = layout(kind), layout(kind)
    assert (found.x == again.x).all()
    assert len({found.x.size, found.y.size, found.angle.size, found.lift.size}) == 1
    assert (found.lift >= 0).all()


def test_grains_of_a_heap_lie_upon_each_other_and_most_scattered_ones_on_the_table() -> None:
    assert layout("heap").lift.max() >= 1
    assert np.median(layout("scattered").lift) == 0
    assert layout("scattered").lift.max() < 1
    assert layout("single").x.size == 1


@pytest.mark.parametrize(("kind", "count"), [("heap", 7), ("scattered", 7), ("single", 1)])
def test_there_are_at_most_as_many_as_asked_for(kind: str, count: int) -> None:
    assert layout(kind, count).x.size == count
    assert layout(kind, 0).x.size == 0


def test_scattered_grains_keep_apart() -> None:
    found = layout("scattered", 12, seed=3)
    places = np.stack([found.x, found.y], axis=1)
    apart = np.linalg.norm(places[:, None] - places, axis=2) + 1e9 * np.eye(len(places))
    assert apart.min() > GRAIN[1]


def test_a_single_grain_fills_the_picture_whatever_its_length() -> None:
    for length in (5.0, 9.0):
        scale = sample_scale("single", 100, length, np.random.default_rng(1))
        assert 100 / 2.0 <= scale * length <= 100 / 1.45


def test_an_unknown_layout_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="scattered"):
        sample_scale("tower", 100, 7.0, np.random.default_rng(0))
