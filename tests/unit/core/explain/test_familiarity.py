"""What is near a known photo is familiar, what is far is not; a file is read only if it fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.explain.explainer import Explainer
from core.explain.familiarity import (
    FAMILIARITY_FILE,
    LIMIT,
    describe_looks,
    learn_familiarity,
    read_familiarity,
    shown_model,
)
from core.explain.request import ExplainRequest
from core.models.card import Input
from tests.support.pooled_network import SIDE, photo_of, pooled_explainer

RNG = np.random.default_rng(0)
CHANNELS = 3


def warm(count, seed=0):
    """Photos of warm noise: uint8 [N, h, w, 3]."""
    rng = np.random.default_rng(seed)
    base = rng.normal((200, 150, 60), 12, (count, 1, 1, 3))
    return np.clip(rng.normal(base, 10, (count, SIDE, SIDE, 3)), 0, 255).astype(np.uint8)


def cold(count):
    return warm(count, seed=1)[..., ::-1].copy()


@pytest.fixture(scope="module")
def learned():
    photos = warm(60)
    return learn_familiarity("a" * 64, pooled(photos), describe_looks(photos), range(60))


def pooled(photos):
    return photos.mean(axis=(1, 2)).astype(np.float32) / 255


def test_a_known_photo_is_most_familiar_and_unseen_ones_of_its_kind_are_so_95_times_in_100(learned):
    known, unseen = warm(60), warm(400, seed=5)
    assert learned.measure(pooled(known), known).min() > 0.9
    share = (learned.measure(pooled(unseen), unseen) < LIMIT).mean()
    assert 0 <= share < 0.15


def test_a_photo_of_another_kind_is_not(learned):
    other = cold(50)
    found = learned.measure(pooled(other), other)
    assert found.max() < LIMIT
    assert found.min() >= 0


def test_the_limit_is_the_distance_that_95_per_cent_keep_from_other_scenes():
    photos = np.repeat(warm(30), 2, axis=0)  # each twice: of one scene
    by_scene = learn_familiarity("", pooled(photos), describe_looks(photos), np.arange(60) // 2)
    alone = learn_familiarity("", pooled(photos), describe_looks(photos), range(60))
    assert alone.limit < 0.05 < by_scene.limit
    assert (by_scene.distances <= by_scene.limit).mean() >= 0.95 - 1 / 60


@pytest.mark.parametrize("scenes", [range(19), [0] * 40])
def test_from_few_photos_or_one_scene_nothing_is_learned(scenes):
    photos = warm(len(scenes))
    assert learn_familiarity("", pooled(photos), describe_looks(photos), scenes) is None


def test_channels_of_any_size_are_kept():
    photos = warm(30)
    large = learn_familiarity("", 1e6 * pooled(photos), describe_looks(photos), range(30))
    assert large.measure(1e6 * pooled(photos), photos).min() > 0.9


def test_looks_tell_brightness_colour_and_sharpness():
    rough = warm(1)
    smooth = np.full_like(rough, 128)
    assert describe_looks(smooth)[0] == pytest.approx([128 / 255] * 3 + [0.0] * 8)
    assert (describe_looks(rough)[0, 6:9] > 0.5).all()


def test_what_is_saved_is_read_again(learned, tmp_path):
    learned.save(tmp_path)
    again = read_familiarity(tmp_path, learned.of, CHANNELS)
    assert again.sha256 == learned.sha256
    assert np.array_equal(again.pooled, learned.pooled)
    assert [each.name for each in tmp_path.iterdir()] == [FAMILIARITY_FILE]


def test_of_another_model_or_preprocessing_nothing_is_read(learned, tmp_path):
    learned.save(tmp_path)
    assert read_familiarity(tmp_path, "b" * 64, CHANNELS) is None
    assert read_familiarity(tmp_path, learned.of, CHANNELS + 1) is None
    assert read_familiarity(tmp_path / "absent", learned.of, CHANNELS) is None
    shown = Input(8, 8, "0-1")
    assert shown_model("m", shown) == shown_model("m", Input(8, 8, "0-1"))
    assert (
        len({shown_model("m", shown), shown_model("n", shown), shown_model("m", Input(8, 8))}) == 3
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no array",
        b"\x93NUMPY\x01\x00\x10\x00{'descr': __imp}\n",
        np.zeros(3),
        np.array([{"a": 1}], object),
        np.zeros(1, [("of", "S64")]),
        np.zeros(1, [("pooled", "f2", (2, CHANNELS)), ("of", "S64")]),
    ],
)
def test_a_file_that_holds_something_else_is_left_out(content, tmp_path, caplog):
    file = tmp_path / FAMILIARITY_FILE
    file.write_bytes(content) if isinstance(content, bytes) else np.save(file, content)
    assert read_familiarity(tmp_path, "a" * 64, CHANNELS) is None
    assert "is left out" in caplog.text


def test_no_more_is_read_than_the_file_holds(learned, tmp_path, caplog):
    whole = learned.save(tmp_path).read_bytes()
    (tmp_path / FAMILIARITY_FILE).write_bytes(whole[:-100])
    assert read_familiarity(tmp_path, learned.of, CHANNELS) is None
    (tmp_path / FAMILIARITY_FILE).write_bytes(whole.replace(b"(60, 3)", b"(6000000000, 3)"))
    assert read_familiarity(tmp_path, learned.of, CHANNELS) is None
    assert caplog.text.count("is left out") == 2


@pytest.mark.parametrize("number", [np.nan, np.inf, -1e30])
def test_numbers_that_nothing_is_measured_by_are_left_out(number, learned, tmp_path):
    replace(learned, distances=np.full_like(learned.distances, number)).save(tmp_path)
    assert read_familiarity(tmp_path, learned.of, CHANNELS) is None


@pytest.mark.parametrize(
    "request_", [ExplainRequest(), ExplainRequest(layers=("early",)), ExplainRequest(upsampling=2)]
)
def test_an_explanation_says_it_at_whatever_layer_it_is_asked(learned, request_):
    plain = pooled_explainer(RNG.normal(size=(CHANNELS, 3)))
    asked = Explainer(plain.name, plain.card, plain.network, learned)
    photos = [photo_of(each) for each in (*warm(2, seed=7), *cold(2))]
    found = asked.single_threaded() if hasattr(plain.network, "single_threaded") else asked
    assert [each.familiar for each in found.explain(photos, request_)] == [True, True, False, False]
    assert {each.familiar for each in plain.explain(photos, request_)} == {None}
