"""The demonstration's photos are rendered as they are listed, with their masks."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.images.decode import read_file
from core.synthetic.samples import LIST_FILE
from core.validation.shortcut_models.cases import VARIETIES
from core.validation.shortcut_models.demo_photos import demo_photos, write_demo_photos

FOLDER = Path(__file__).resolve().parents[5] / "assets" / "demonstration"


def test_every_variety_and_every_ground_is_shown_twice():
    for kind in ("variety", "ground"):
        assert sorted(getattr(shot, kind) for shot in demo_photos()) == sorted(VARIETIES * 2)


@pytest.mark.parametrize(
    "wanted",
    [demo_photos()[1:2], pytest.param(demo_photos()[3::2], marks=pytest.mark.slow)],
    ids=["one", "two"],
)
def test_the_photos_in_the_project_are_rendered_as_listed(wanted, tmp_path):
    assert json.loads((FOLDER / LIST_FILE).read_text("utf-8")) == [
        vars(shot) for shot in demo_photos()
    ]
    write_demo_photos(tmp_path, wanted)
    for shot in wanted:
        ours, kept = (read_file(folder / shot.file).rgb for folder in (tmp_path, FOLDER))
        assert np.abs(ours.astype(int) - kept).mean() < 2  # another processor may round otherwise


def test_rice_is_lighter_than_its_ground():
    for shot in demo_photos():
        mask = cv2.imread(str((FOLDER / shot.file).with_suffix(".mask.png")), 0)
        photo = read_file(FOLDER / shot.file).rgb
        assert set(np.unique(mask)) == {0, 255}
        assert photo[mask == 255].mean() > photo[mask == 0].mean()
