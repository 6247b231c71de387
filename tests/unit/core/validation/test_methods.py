"""Measurements on a network that is known to look at one place, and standings by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.validation.methods import (
    MethodScores,
    compare_methods,
    drop_equal_methods,
    measure_methods,
    measured_values,
    rank_methods,
)
from tests.support.known_networks import explainer, photo, rice

CAMS = ("grad-cam", "hires-cam", "layer-cam", "eigen-cam")


def row(method, error, gain=0.0):
    return MethodScores(method, error, 0.5, gain, gain, gain)


def test_a_map_of_what_the_network_looks_at_has_no_error():
    mask = rice()
    (grad, hires, *_) = measure_methods(explainer(mask), photo(mask, (60, 160, 60)), mask, CAMS)
    assert grad.error == pytest.approx(0, abs=1e-5)
    assert grad.chance == pytest.approx(45 / 49)  # four of 49 cells
    assert grad.agreement is not None
    assert grad.deletion > 0
    assert grad.insertion > 0
    assert {**vars(hires), "method": "grad-cam"} == vars(grad)


def test_a_cue_that_is_everywhere_has_no_place_to_miss():
    mask = rice()
    (found,) = measure_methods(explainer(mask), photo(mask, (60, 160, 60)), None, CAMS[:1])
    assert (found.error, found.chance) == (None, None)


def test_better_needs_a_difference_beyond_its_interval():
    rng = np.random.default_rng(2)
    base = rng.uniform(0, 1, 40).tolist()
    one = [row("a", x) for x in base]
    other = [
        row("b", x + 0.1 + 0.01 * n)
        for x, n in zip(base, rng.normal(size=40).tolist(), strict=True)
    ]
    assert compare_methods(one, other, "error") == 1  # less error is better
    assert compare_methods(other, one, "error") == -1
    assert compare_methods(one, other, "agreement") == 0
    assert compare_methods(one, other[:1], "error") == 0  # one pair tells nothing


def test_standings_are_comparisons_won_less_lost():
    noise = [0.0, 0.001, 0.002]
    table = {
        "grad-cam": [row("grad-cam", 0.5 + n, 0.2 + n / 2) for n in noise],
        "layer-cam": [row("layer-cam", 0.3 + n / 3, 0.1 + n / 4) for n in noise],
        "eigen-cam": [row("eigen-cam", 0.7 + n / 5, 0.3 + n) for n in noise],
    }
    # By error: layer, grad, eigen; by the other three: eigen, grad, layer.
    assert rank_methods(table) == {"eigen-cam": 4, "grad-cam": 0, "layer-cam": -4}
    assert list(rank_methods(table)) == ["eigen-cam", "grad-cam", "layer-cam"]


def test_methods_that_are_the_same_count_once():
    rows = [row("grad-cam", 0.1), row("grad-cam", 0.2)]
    table = {"grad-cam": rows, "hires-cam": rows, "eigen-cam": [row("e", 0.3), row("e", 0.4)]}
    assert list(drop_equal_methods(table)) == ["grad-cam", "eigen-cam"]


def test_what_could_not_be_measured_is_left_out():
    assert measured_values([row("a", None), row("a", 0.5)], "error") == [0.5]
