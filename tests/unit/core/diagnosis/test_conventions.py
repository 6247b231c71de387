"""The convention that a model was trained with is found, or nothing is claimed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from core.diagnosis.conventions import (
    ERROR_RATE,
    Convention,
    compare_conventions,
    convention_logits,
    list_conventions,
    sign_flip_test,
)
from core.images.decode import read_file
from core.models.card import Input
from tests.support import convention_model

WAYS = list_conventions(Input(8, 8))


def shown(explainer, colours):
    """What `compare_conventions` takes, of labelled photos, each its own scene."""
    logits = [convention_logits(explainer, photo, WAYS) for photo, _ in colours]
    return (
        np.stack(logits, axis=1),
        np.array([label for _, label in colours]),
        np.arange(len(logits)),
    )


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    """Photos and the numbers of their classes."""
    folder = convention_model.write_photos(tmp_path_factory.mktemp("colours") / "photos")
    names = list(convention_model.COLOURS)
    files = sorted(folder.rglob("*.png"))
    return [(read_file(file), names.index(file.parent.name)) for file in files]


@pytest.mark.parametrize("trained", [way for way in WAYS if way.geometry == "crop"], ids=str)
def test_each_convention_is_found(trained, colours):
    found = compare_conventions(
        WAYS, *shown(convention_model.explainer(trained), colours), "softmax"
    )
    assert found.clear
    assert [each.convention for each in found.candidates] == [trained]
    assert found.best.right == found.photos == 14 * len(convention_model.COLOURS)
    assert found.p_value <= ERROR_RATE
    said = Input(*convention_model.SIZE, "0-1", "squash", order="bgr")
    assert found.result_of(said).convention == Convention("0-1", "bgr", "squash")
    assert found.closest_to(said).convention == trained


def test_what_is_merely_surer_is_not_called_better(colours):
    """As larger numbers make a network that was held back: a smaller loss, the same answers."""
    logits, labels, scenes = shown(convention_model.explainer(WAYS[2]), colours)
    timid = logits[2] * (1 / np.ptp(logits[2], axis=1, keepdims=True))
    logits[2], logits[20] = timid, 10 * timid
    found = compare_conventions(WAYS, logits, labels, scenes, "softmax")
    assert found.best.convention == WAYS[20]
    assert {each.convention for each in found.candidates} >= {WAYS[2], WAYS[20]}
    assert not found.clear


def test_grey_photos_leave_the_order_open_and_only_that(colours):
    logits, labels, scenes = shown(convention_model.explainer(WAYS[2]), colours)
    index = {way: number for number, way in enumerate(WAYS)}
    grey = logits.copy()
    for values, geometry in product({way.values for way in WAYS}, {way.geometry for way in WAYS}):
        first, second = (index[Convention(values, order, geometry)] for order in ("rgb", "bgr"))
        grey[second] = grey[first]
    found = compare_conventions(WAYS, grey, labels, scenes, "softmax")
    assert found.clear
    assert {each.convention.order for each in found.candidates} == {"rgb", "bgr"}
    kept = found.closest_to(Input(8, 8, "imagenet", "squash", order="bgr")).convention
    assert kept == replace(WAYS[2], order="bgr")


def test_photos_of_one_scene_are_one_witness(colours):
    logits, labels, _ = shown(convention_model.explainer(WAYS[2]), colours)
    few = np.concatenate([np.flatnonzero(labels == label)[:1] for label in range(4)])
    many = np.repeat(few, 20)
    alone = compare_conventions(WAYS, logits[:, many], labels[many], np.arange(80), "softmax")
    together = compare_conventions(
        WAYS, logits[:, many], labels[many], np.repeat(np.arange(4), 20), "softmax"
    )
    assert alone.clear
    assert (together.photos, together.scenes) == (80, 4)
    assert not together.clear


def test_nothing_is_claimed_of_one_class_alone(colours):
    logits, labels, scenes = shown(convention_model.explainer(WAYS[2]), colours)
    only = labels == 2
    found = compare_conventions(
        WAYS, logits[:, only], labels[only], scenes[: only.sum()], "softmax"
    )
    assert not found.sound
    assert not found.clear
    assert found.chance == found.photos


@pytest.mark.slow
@pytest.mark.parametrize("head", ["softmax", "sigmoid"])
def test_a_network_that_knows_nothing_is_seldom_called_sound(head):
    rng = np.random.default_rng(4)
    labels, wrong = np.arange(30) % 3, 0
    for _ in range(100):
        logits = rng.normal(0, 3, (len(WAYS), 30, 3)).astype(np.float32)
        wrong += compare_conventions(WAYS, logits, labels, np.arange(30), head).clear
    assert wrong <= 100 * ERROR_RATE


@pytest.mark.slow
def test_of_equally_good_conventions_none_is_seldom_called_evident():
    """Each is right on another eight of ten photos, as if all carried the same information."""
    rng = np.random.default_rng(5)
    labels, wrong = np.arange(30) % 3, 0
    for _ in range(100):
        logits = rng.normal(0, 1, (len(WAYS), 30, 3)).astype(np.float32)
        logits[:, np.arange(30), labels] += 2
        wrong += compare_conventions(WAYS, logits, labels, np.arange(30), "softmax").clear
    assert wrong <= 100 * ERROR_RATE


def test_sigmoids_have_to_deny_the_other_classes():
    labels = np.arange(60) % 3
    logits = np.full((len(WAYS), 60, 3), 2, np.float32)  # as sure of all
    logits += np.random.default_rng(6).normal(0, 0.1, logits.shape)
    logits[5] = np.where(np.eye(3, dtype=bool)[labels], 2, -2)
    found = compare_conventions(WAYS, logits, labels, np.arange(60), "sigmoid")
    assert found.clear
    assert found.best.convention == WAYS[5]


def test_what_a_network_makes_of_wild_numbers_is_no_hindrance():
    labels = np.arange(40) % 2
    logits = np.zeros((len(WAYS), 40, 2), np.float32)
    logits[0, np.arange(40), labels] = 1
    logits[1:9], logits[9:12], logits[12:15] = np.nan, np.inf, -np.inf
    found = compare_conventions(WAYS, logits, labels, np.arange(40), "softmax")
    assert found.best.convention == WAYS[0]
    assert np.isfinite([each.loss for each in found.results]).all()


def test_the_sign_flip_test_counts_all_flips():
    differences = np.random.default_rng(7).normal(0.4, 1, (3, 18))
    scenes = np.arange(18) // 2
    signs = np.array(list(product([-1, 1], repeat=9)))[:, scenes]
    exact = (signs @ differences.T >= differences.sum(axis=1) - 1e-12).mean(axis=0)
    assert sign_flip_test(differences, scenes) == pytest.approx(exact, abs=0.02)


def test_grey_models_have_no_order_to_find():
    ways = list_conventions(Input(8, 8, channels=1))
    assert len(ways) == 15
    assert {way.order for way in ways} == {"rgb"}
