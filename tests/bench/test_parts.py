"""The bench's own parts: its sums, its closed forms, and that all are given the same network."""

from __future__ import annotations

import doctest
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from math import inf
from pathlib import Path

import numpy as np
import pytest

from tests.bench import contenders, install_peers, measure, race, rerun, table
from tests.bench.answer import class_by_class, drawn, split
from tests.bench.job import Job, closed_forms, weights_of
from tests.bench.machine import installed, machine
from tests.bench.measure import Spread, interleave, quickest, ratios, spread
from tests.bench.required import FASTEST_PEER, REQUIRED, judge
from tests.bench.section import SECTIONS, Section
from tests.bench.table import as_json, markdown, number
from tests.bench.visitors import measure_visitors, visitors
from tests.bench.worker import Worker, correlation

pytestmark = pytest.mark.slow


def test_each_round_is_begun_by_another_and_all_take_part_in_each():
    order = []
    turns = {name: lambda name=name: order.append(name) or float(len(order)) for name in "abc"}
    series = interleave(turns, 3)
    assert "".join(order) == "abcbcacab"
    assert series == {"a": [1, 6, 8], "b": [2, 4, 9], "c": [3, 5, 7]}


def test_a_ratio_is_of_each_round_and_not_of_the_medians():
    series = {"slow": [2.0, 40.0, 6.0], "fast": [1.0, 10.0, 6.0]}
    assert ratios(series, "slow", "fast") == Spread(1.5, 2.0, 3.0)
    assert spread([4.0, 1.0, 3.0, 2.0, 5.0]) == Spread(2.0, 3.0, 4.0)
    assert quickest(series, ["slow", "fast"]) == "slow"  # both have a median of 6
    assert quickest({**series, "third": [5.0]}, [*series, "third"]) == "third"


def test_numbers_have_three_digits():
    values = (0, 0.001234, 0.9996, 9.996, 12.34, 123.4, 1234.0)
    assert [number(value) for value in values] == [
        *("0", "0.00123", "1.00", "10.0", "12.3", "123", "1234")
    ]


def test_every_required_ratio_is_of_a_section_and_of_its_contenders():
    names = {each.name for each in contenders.CONTENDERS} | {FASTEST_PEER}
    for required in REQUIRED:
        section = required.section.removesuffix("-memory")
        assert section in SECTIONS
        if section.split("-")[0] in ("one", "batch"):
            assert {required.of, required.to} <= names


def test_who_disagrees_is_no_peer_to_be_measured_against():
    ours, bare = contenders.OURS, contenders.BARE_ONNX
    taken = {ours: [1.0, 1.0], bare: [0.5, 0.9], "Captum": [6.0, 5.0], "torch-cam": [2.0, 2.0]}
    found = {each.required.of: each for each in judge({"one-64": taken}, {})}
    assert found[FASTEST_PEER].of == "torch-cam"
    assert not found[FASTEST_PEER].reached
    assert not found[ours].reached  # (2.0 + 1.11) / 2 is over 1.25
    again = judge({"one-64": taken}, {"one-64": {"torch-cam"}})
    found = {each.required.of: each for each in again}
    assert (found[FASTEST_PEER].of, found[FASTEST_PEER].ratio.median) == ("Captum", 5.5)
    assert found[FASTEST_PEER].reached
    assert judge({"one-64": {}}, {}) == []


def test_the_report_tells_numbers_checks_and_who_was_not_there():
    section = Section(
        "one-64", "One photo", "ms", {contenders.OURS: [0.001], "Captum": [0.005]}, contenders.OURS,
        "All included.",
        checks={contenders.OURS: {"correlation": 1.0, "cells": [2, 2]},
                "Captum": {"correlation": 0.4, "cells": [2, 2]}},
        out={"Xplique": "not installed: no such version"},
    )  # fmt: skip
    verdicts = judge({"one-64": section.series}, {"one-64": set()})
    text = markdown([section], verdicts, {"cores": "2"}, {"Captum": "0.9.0"})
    assert "| Captum | 5.00 (5.00–5.00) | 5.00 (5.00–5.00) | **no**: 0.4000 (2 × 2) |" in text
    assert "| one-64 | Captum : Rice Lens | ≥ 4 | 5.00 (5.00–5.00) | yes |" in text
    assert "Xplique took no part: not installed: no such version" in text
    data = json.loads(json.dumps(as_json([section], verdicts, {}, {})))
    assert data["sections"][0]["series"]["Captum"] == [0.005]
    assert data["required"][0]["required"]["bound"] == 4


@pytest.fixture(scope="module")
def answers(article_model):
    """The article's network on noise: activations, weights, logits, and its model cut at layers."""
    import keras

    inputs = np.random.default_rng(2).normal(size=(3, 64, 64, 3)).astype(np.float32)
    model = article_model.keras
    layers = [model.get_layer(name).output for name in ("top_conv", "top_activation")]
    cut = keras.Model(model.inputs, [*layers, model.output])
    before, activations, scores = (np.asarray(each) for each in cut(inputs))
    return cut, inputs, before, activations, scores, weights_of(model)


def test_all_are_given_every_weight_of_the_model(article_model, answers):
    weights = answers[-1]
    assert sum(values.size for values in weights.values()) == article_model.keras.count_params()
    bias = article_model.keras.get_layer("last_output").get_weights()[1]
    assert np.array_equal(weights["last_output/bias"], bias)


def test_the_closed_forms_are_what_a_gradient_tape_gives(answers):
    import tensorflow as tf

    cut, inputs, before, activations, scores, weights = answers
    expected = closed_forms(before, activations, weights)
    best = scores.argmax(axis=1)
    with tf.GradientTape(persistent=True) as tape:
        conv, active, probable = cut(inputs)
        chosen = tf.gather(probable, best, axis=1, batch_dims=1)
        others = [tf.math.log(probable[:, index]) for index in range(3)]
    gradient = tape.gradient(chosen, conv).numpy().mean(axis=(1, 2))
    article = np.einsum("nk,nhwk->nhw", gradient, before)
    limit = 1e-3 * float(np.ptp(article))
    assert np.abs(expected["article"][:, 0] - article).max() <= limit
    # The logits' own gradients differ from those of log p by the same for every class.
    slopes = [tape.gradient(other, active).numpy().mean(axis=(1, 2)) for other in others]
    maps = np.stack([np.einsum("nk,nhwk->nhw", slope, activations) for slope in slopes], axis=1)
    centred = [each - each.mean(axis=1, keepdims=True) for each in (maps, expected["maps"])]
    assert np.abs(centred[0] - centred[1]).max() <= 1e-3 * np.ptp(centred[1])
    odds = np.exp(expected["logits"] - expected["logits"].max(axis=1, keepdims=True))
    assert odds / odds.sum(axis=1, keepdims=True) == pytest.approx(scores, abs=1e-4)


def test_a_class_a_call_gives_the_same_maps_for_one_photo_and_for_many():
    def explain(inputs, classes):
        return inputs[..., 0] * np.reshape(classes, (-1, 1, 1))

    photos = np.random.default_rng(0).normal(size=(5, 4, 6, 3)).astype(np.float32)
    many = class_by_class(photos, photos, 3, explain, 2)
    assert many.shape == (5, 3, 4, 6)
    for index in range(5):
        one = class_by_class(photos[:1], photos[index : index + 1], 3, explain)
        assert np.array_equal(one[0], many[index])
    assert [len(part) for part in split(np.zeros((7, 300, 300, 3)))] == [2, 2, 2, 1]


def test_maps_are_compared_whatever_their_size_and_scale():
    grid = np.array([[0.0, 1.0], [2.0, 5.0]])
    assert correlation(3 * grid + 1, grid) == pytest.approx(1)
    assert correlation(-grid, grid) == pytest.approx(-1)
    large = np.kron(grid, np.ones((8, 8)))
    assert correlation(large, grid) > 0.8
    nothing = np.zeros((2, 2))
    assert correlation(nothing, nothing) == 1
    assert correlation(grid, nothing) == 0
    assert correlation(nothing, grid) == 0


def test_a_peers_picture_is_hottest_where_its_map_is():
    rgb = np.full((64, 64, 3), 90, np.uint8)
    picture = drawn(rgb, np.array([[0, 0], [0, 1]], np.float32))
    assert picture.shape == rgb.shape
    assert picture[60, 60].sum() > picture[4, 4].sum()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A shipped model, two photos, and answers that are wrong by one."""
    from core.models.registry import find_model

    path = find_model("rice-64")
    about = {"model": str(path), "values": "imagenet", "photos": "noise"}
    (tmp_path / "job.json").write_text(json.dumps(about), "utf-8")
    photos = np.random.default_rng(1).integers(0, 255, (2, 64, 64, 3), np.uint8)
    np.save(tmp_path / "photos.npy", photos)
    from core.explain.open_explainer import open_explainer
    from tests.bench.own import photo_of

    explained = open_explainer(path).explain([photo_of(rgb) for rgb in photos])
    logits, maps = (np.stack([getattr(each, name) for each in explained])
                    for name in ("logits", "maps"))  # fmt: skip
    np.savez(tmp_path / "expected.npz", logits=logits + 1, maps=maps)
    return Job(tmp_path)


def test_a_worker_checks_itself_and_tells_its_time(job: Job):
    ours = contenders.CONTENDERS[0]
    assert ours.name == contenders.OURS
    worker = Worker(ours, Path(sys.executable), job)
    try:
        check = worker.ask("check")
        assert check["logits_error"] == pytest.approx(1, abs=1e-3)
        assert check["correlation"] == pytest.approx(1, abs=1e-3)
        assert check["cells"] == [2, 2]
        assert not race.agrees(check)
        assert race.agrees({**check, "logits_error": 1e-6})
        assert 0 < worker.ask("one") < 5
        assert 0 < worker.ask("batch") < 5
    finally:
        worker.close()


def test_a_worker_that_fails_says_why(job: Job):
    broken = contenders.Contender("x", "peer", "own", "own:nobody", "numpy")
    worker = Worker(broken, Path(sys.executable), job)
    try:
        with pytest.raises(RuntimeError, match="nobody"):
            worker.ask("check")
    finally:
        worker.close()


def test_what_could_not_be_installed_is_listed_with_its_reason(tmp_path: Path, monkeypatch):
    failed = {"torch": {"grad-cam==1.5.7": "ERROR: no matching distribution"}}
    (tmp_path / install_peers.FAILED_FILE).write_text(json.dumps(failed), "utf-8")
    wanted = ("pytorch-grad-cam", "Captum")
    chosen = [each for each in contenders.CONTENDERS if each.name in wanted]
    monkeypatch.setattr(race, "CONTENDERS", chosen)
    found = race.race("one", Job(tmp_path), 1, tmp_path)
    assert found.series == {}
    assert found.out["pytorch-grad-cam"].endswith("no matching distribution")
    assert "install_peers" in found.out["Captum"]


def test_the_machine_says_what_it_is():
    found = machine()
    assert int(found["cores"]) >= 1
    assert found["numpy"] == np.__version__
    assert installed("no-such-package-as-this") == ""


def test_the_examples_are_true():
    assert [doctest.testmod(each).failed for each in (measure, table)] == [0, 0]


def test_a_review_is_measured_against_the_slower_of_its_parts(tmp_path):
    from core.models.registry import find_model
    from tests.bench import review
    from tests.support.photo_folders import write_photo

    for each in range(40):
        write_photo(tmp_path / f"{each}.jpg", each)
    taken = review.measure_review(tmp_path, find_model("rice-64"), 2)
    assert {len(values) for values in taken.values()} == {2}
    for slower, *both in zip(
        *(taken[name] for name in (review.SLOWER, review.DECODE, review.EXPLAIN)), strict=True
    ):
        assert slower == max(both) > 0
    peaks = review.peaks(tmp_path, find_model("rice-64"), 1)
    assert all(20e6 < values[0] < 2e9 for values in peaks.values())


@pytest.mark.slow
def test_evidence_is_measured_beside_the_passes_that_it_needs(tmp_path):
    from core.models.registry import find_model
    from tests.bench import evidence
    from tests.support.photo_folders import write_photo

    write_photo(tmp_path / "a.jpg", 0)
    measured = evidence.measure_evidence(tmp_path, find_model("rice-64"), 1)
    for series in measured:
        assert {len(values) for values in series.values()} == {1}
        assert all(values[0] > 0 for values in series.values())
    _, _, memory = measured
    assert all(20e6 < values[0] < 2e9 for values in memory.values())


@pytest.mark.slow
def test_a_warm_run_is_measured_in_every_view():
    series = rerun.measure_reruns(1)
    assert min(map(min, series.values())) > 0
    assert rerun.EMPTY_SCRIPT in series
    assert len(series) > 5


def test_visitors_at_once_each_get_what_is_of_their_own_photo():
    with ThreadPoolExecutor() as pool:  # the browser tests leave a loop in this thread
        (crowd,) = pool.submit(lambda: [*measure_visitors(visitors(3), rounds=1, gone=0)]).result()
    assert crowd.wrong == []
    assert max(*crowd.opening, *crowd.verdict) < inf
