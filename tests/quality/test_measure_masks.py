"""The sums of `measure_masks`, on masks whose overlap is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.segmentation.rice_mask import Rice
from tests.quality.measure_masks import (
    intersection_over_union,
    masked_photos,
    measure,
    median_interval,
    photos_without,
)

FINDER = f"{__name__}:find_bright"


def find_bright(rgb):
    """Bright pixels are rice; sure of it where there are any."""
    bright = (rgb.mean(axis=2) > 128).astype(np.float32)
    return Rice(bright, 0.9 * bright.max(), "" if bright.any() else "no_rice")


@pytest.fixture
def folder(tmp_path):
    """Photos of a bright square: drawn as it is, drawn half as large, and no rice twice."""
    (tmp_path / "masks").mkdir()
    photo, mask = np.zeros((2, 60, 90, 3), np.uint8)
    photo[20:40, 20:60] = mask[20:40, 20:60] = 255
    cv2.imwrite(str(tmp_path / "one_1.png"), photo)
    cv2.imwrite(str(tmp_path / "masks" / "one_1.png"), mask)
    mask[20:40, 40:60] = 0
    cv2.imwrite(str(tmp_path / "other_1.png"), photo)
    cv2.imwrite(str(tmp_path / "masks" / "other_1.png"), mask)
    none = tmp_path / "none"
    none.mkdir()
    cv2.imwrite(str(none / "ground_1.png"), 0 * photo)
    cv2.imwrite(str(none / "ground_2.png"), photo)
    return tmp_path


def test_a_table_counts_what_is_relied_on_and_wrong(folder, tmp_path):
    cases = [*masked_photos(folder), *photos_without(folder / "none")]
    text = measure([FINDER], cases, tmp_path / "out")
    rows = text.replace(" | find_bright | ", " | ").splitlines()
    assert "| one | 1 | 1.00 (1.00 to 1.00) | 1 = 100% (21% to 100%) | 0 = 0% (0% to 79%) |" in rows
    assert (
        "| other | 1 | 0.50 (0.50 to 0.50) | 1 = 100% (21% to 100%) | 1 = 100% (21% to 100%) |"
        in rows
    )
    assert "| ground | 2 | 1 = 50% (9% to 91%) |" in rows
    assert cv2.imread(str(tmp_path / "out" / "find_bright_1.jpg")).shape[1] > 1900
    assert (tmp_path / "out" / "masks.md").read_text("utf-8") == text + "\n"


def test_only_some_sources_are_taken(folder):
    assert [case.name for case in masked_photos(folder, ["other"])] == ["other_1"]


def test_two_empty_masks_are_the_same():
    nothing = np.zeros((2, 2), bool)
    assert intersection_over_union(nothing, nothing) == 1
    assert intersection_over_union(~nothing, nothing) == 0


def test_the_interval_of_a_median_holds_it_19_times_in_20():
    rng = np.random.default_rng(0)
    ends = [median_interval(rng.normal(size=15)) for _ in range(400)]
    assert np.mean([low <= 0 <= high for low, high in ends]) == pytest.approx(0.96, abs=0.025)
