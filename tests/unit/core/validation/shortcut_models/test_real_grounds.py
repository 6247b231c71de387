"""Real grounds: each source in one split, squares of the size that is asked for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.errors import TrainingError
from core.synthetic.grain_cutouts import SPLITS
from core.validation.shortcut_models.real_grounds import cut_ground, read_grounds


def test_no_source_is_in_two_splits(tmp_path):
    for number in range(40):
        for photo in (1, 2):
            grey = np.full((30, 40, 3), number, np.uint8)
            assert cv2.imwrite(str(tmp_path / f"source{number}_{photo}.png"), grey)
    (tmp_path / "SOURCES.tsv").write_text("not a photo")
    found = {split: read_grounds(tmp_path, split) for split in SPLITS}
    sources = {split: {name.split("_")[0] for name in own} for split, own in found.items()}
    assert sum(map(len, sources.values())) == len(set.union(*sources.values())) == 40
    assert all(len(found[split]) == 2 * len(sources[split]) > 0 for split in SPLITS)


def test_no_folder_has_no_grounds_and_an_empty_one_is_refused(tmp_path):
    assert read_grounds(None, "train") == {}
    with pytest.raises(TrainingError, match="no photos of grounds") as error:
        read_grounds(tmp_path, "train")
    assert error.value.code == "grounds_missing"


@pytest.mark.parametrize("side", [16, 200])
def test_a_ground_is_a_part_of_its_photo(side):
    photo = np.arange(60 * 80, dtype=np.int64).reshape(60, 80, 1) % 251 * np.ones(3)
    square = cut_ground(photo.astype(np.uint8), side, np.random.default_rng(1))
    assert square.shape == (side, side, 3)
    assert square.std() > 10
