"""The data are read whole, split by source; what is missing or does not fit is said."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from core.errors import TrainingError
from core.training.segmentation_stock import read_stock
from tests.support.segmenter_data import write_data


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("data"))


def test_no_source_and_no_grain_is_in_both_parts(data):
    train, test = read_stock(data, ["wood", "sheet"])
    assert (len(train.grounds), len(test.grounds)) == (1, 2)
    assert [each.name for each in train.masked] == ["bowl_1"]
    assert [each.name for each in test.masked] == ["sheet_1"]
    assert (len(train.other), len(test.other)) == (1, 0)
    assert (len(train.grains), len(test.grains)) == (35, 10)
    names = [{(each.variety, each.name) for each in part.grains} for part in (train, test)]
    assert not names[0] & names[1]
    assert train.masked[0].rice.mean() == 0.25


def test_heaps_count_where_their_rice_is_surely_found(data, tmp_path, monkeypatch):
    class Found:
        def __init__(self, rgb):
            self.confidence = 0.9 if rgb[0, 0, 0] > 100 else 0.5

        def mask(self):
            return np.ones((10, 10), bool)

    copy = shutil.copytree(data, tmp_path / "data")
    for number in range(9):  # every fourth is looked at: the first, the fifth, the ninth
        grey = 200 if number != 4 else 20
        pixels = np.full((10, 10, 3), grey, np.uint8)
        cv2.imwrite(str(copy / "piles" / "Ketan" / f"flash_{number}.png"), pixels)
    monkeypatch.setattr("core.training.segmentation_stock.find_rice", Found)
    train, _ = read_stock(copy)
    assert [each.name for each in train.masked if "flash" in each.name] == [
        "piles_flash_0",
        "piles_flash_8",
    ]
    train, _ = read_stock(copy, ["piles"])
    assert not [each for each in train.masked if "flash" in each.name]


def test_what_is_missing_or_does_not_fit_is_said(data, tmp_path):
    copy = shutil.copytree(data, tmp_path / "data")
    cv2.imwrite(str(copy / "wild" / "masks" / "bowl_1.png"), np.zeros((50, 160), np.uint8))
    with pytest.raises(TrainingError, match="not of its photo's size"):
        read_stock(copy)
    (copy / "wild" / "bowl_1.png").unlink()
    with pytest.raises(TrainingError, match="has no photo"):
        read_stock(copy)
    shutil.rmtree(copy / "backgrounds")
    with pytest.raises(TrainingError, match="backgrounds is missing"):
        read_stock(copy)
