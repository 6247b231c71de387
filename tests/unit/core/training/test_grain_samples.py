"""Cut-outs of known variety: every grain of the data set once, and the found ones recognised."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.grain_counting.components import find_components, measure_regions
from core.synthetic.grain_cutouts import list_grain_files
from core.synthetic.scenes import BACKGROUNDS
from core.training.grain_samples import (
    HELD_OUT_GROUNDS,
    TRAINING_GROUNDS,
    VARIETIES,
    compose_photo,
    cut_out_composed,
    cut_out_single_grains,
    match_pieces,
    read_grain_stock,
)
from tests.support.drawn_cutouts import write_folder

WIDTHS = dict(zip(VARIETIES, (80, 30, 64, 44, 96), strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data set of drawn grains, ten of each variety."""
    return write_folder(tmp_path_factory.mktemp("grains"), widths=WIDTHS)


def test_grounds_are_trained_on_or_held_out():
    assert set(TRAINING_GROUNDS) | set(HELD_OUT_GROUNDS) == set(BACKGROUNDS)
    assert not set(TRAINING_GROUNDS) & set(HELD_OUT_GROUNDS)


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)])
def test_a_cut_out_has_the_proportions_of_its_grain(folder, rng):
    known = cut_out_single_grains(list_grain_files(folder, VARIETIES, "test"), 64, rng)
    assert known.pixels.shape == (10, 64, 64, 3)
    for pixels, label in zip(known.pixels, known.labels, strict=True):
        rows, columns = np.nonzero(pixels.max(axis=2) > 100)
        ratio = (np.ptp(columns) + 1) / (np.ptp(rows) + 1)
        assert ratio == pytest.approx(WIDTHS[VARIETIES[label]] / 138.5, abs=0.07)


def test_found_grains_are_recognised_and_only_they(folder):
    stock = read_grain_stock(folder, "train")
    assert len(stock) == 35
    photo = compose_photo(stock, ["slate"], [0])
    pieces = find_components(photo.rgb, photo.mask)
    found = [variety for _, variety in match_pieces(photo, pieces) if variety]
    assert len(found) >= 0.95 * len(photo.varieties)
    assert set(found) <= set(photo.varieties)
    squares = (np.indices(photo.mask.shape) % 40 < 30).all(axis=0) & ~photo.mask
    ground = measure_regions(cv2.connectedComponents(squares.astype(np.uint8))[1])
    assert len(ground) > 100
    assert not any(variety for _, variety in match_pieces(photo, ground))


def test_composed_cut_outs_are_of_the_grains_that_were_laid(folder):
    known = cut_out_composed(read_grain_stock(folder, "test"), ["slate"], 1, 64, [0])
    assert len(known.pixels) == len(known.labels) > 15
    again = cut_out_composed(read_grain_stock(folder, "test"), ["slate"], 1, 64, [0])
    assert (again.pixels == known.pixels).all()
    both = known + again
    assert len(both.labels) == 2 * len(known.labels)
