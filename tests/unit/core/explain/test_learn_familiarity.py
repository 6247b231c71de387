"""A model's folder gets what its photos look like to it, and the opened model uses it."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from core.errors import ModelError
from core.explain.familiarity import FAMILIARITY_FILE, Familiarity
from core.explain.learn_familiarity import save_familiarity
from core.explain.open_explainer import model_digest, open_explainer
from core.images.decode import read_file
from core.models.registry import MODELS


@pytest.fixture
def model(tmp_path):
    """The smallest shipped model, in a folder of its own, without what it learned from."""
    without = shutil.ignore_patterns(FAMILIARITY_FILE)
    return shutil.copytree(MODELS / "grains-64", tmp_path / "model", ignore=without)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Photos of warm noise in two folders, and one that is none."""
    folder, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    files = []
    for name in ("a", "b"):
        (folder / name).mkdir()
        for number in range(12):
            small = rng.normal((60, 140, 200), 40, (8, 8, 3)).clip(0, 255).astype(np.uint8)
            files.append(folder / name / f"{number}.png")
            cv2.imwrite(str(files[-1]), cv2.resize(small, (80, 80)))
    files.append(folder / "broken.png")
    files[-1].write_bytes(b"no photo")
    return files


def test_the_opened_model_knows_the_photos_and_no_others(model, files):
    before = model_digest(model)
    learned, ((left_out, reason),) = save_familiarity(model, files)
    assert (len(learned.pooled), left_out.name) == (24, "broken.png")
    assert reason
    assert model_digest(model) == before
    explainer = open_explainer(model)
    assert explainer.familiarity.sha256 == learned.sha256
    (known,) = explainer.explain([read_file(files[0])])
    assert known.familiar
    (other,) = explainer.explain(
        [read_file(MODELS.parent / "samples" / "ketan-heap-patterned.jpg")]
    )
    assert other.familiar is False
    assert open_explainer(model, values="0-1").familiarity is None  # other numbers, other channels


def test_rendered_scenes_count_each_for_itself(model, files):
    scenes = np.random.default_rng(1).integers(0, 255, (30, 64, 64, 3)).astype(np.uint8)
    assert len(save_familiarity(model, [], scenes)[0].pooled) == 30
    assert len(save_familiarity(model, files, scenes)[0].pooled) == 54


def test_too_few_photos_write_nothing(model, files):
    assert save_familiarity(model, files[:5]) == (None, ())
    assert save_familiarity(model, files[-1:])[0] is None
    assert not (model / FAMILIARITY_FILE).exists()


def test_a_folder_that_cannot_be_written_is_an_error(model, files, monkeypatch):
    def full(self, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Familiarity, "save", full)
    with pytest.raises(ModelError, match=r"familiarity\.npy cannot be written \(No space"):
        save_familiarity(model, files)
