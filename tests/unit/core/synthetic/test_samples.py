"""The samples that come with the project are what the renderer draws, with their masks."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.images.decode import read_file
from core.synthetic.samples import LIST_FILE, list_samples, write_samples
from core.synthetic.scenes import VARIETIES

FOLDER = Path(__file__).resolve().parents[4] / "assets" / "samples"


def test_each_variety_has_two_samples_or_more():
    assert all(Counter(each.variety for each in list_samples())[name] >= 2 for name in VARIETIES)


# The scattered ones, which are quick to render.
@pytest.mark.parametrize(
    "wanted",
    [list_samples()[8:], pytest.param(list_samples()[2:6:3], marks=pytest.mark.slow)],
    ids=["one", "two"],
)
def test_the_samples_in_the_project_are_rendered_as_listed(wanted, tmp_path):
    listed = json.loads((FOLDER / LIST_FILE).read_text("utf-8"))
    assert listed == [vars(each) for each in list_samples()]
    write_samples(tmp_path, wanted)
    for sample in wanted:
        assert sample.layout == "scattered"
        ours, kept = (read_file(folder / sample.file).rgb for folder in (tmp_path, FOLDER))
        assert np.abs(ours.astype(int) - kept).mean() < 2  # another processor may round otherwise


def test_every_sample_has_its_mask():
    for sample in list_samples():
        mask = cv2.imread(str((FOLDER / sample.file).with_suffix(".mask.png")), 0)
        photo = read_file(FOLDER / sample.file).rgb
        assert mask.shape == photo.shape[:2]
        assert set(np.unique(mask)) == {0, 255}
        rice, ground = photo[mask == 255].mean(), photo[mask == 0].mean()
        assert rice > ground  # rice is lighter than every ground these samples use
