"""The compiled form answers as the model does, is of that very model, and needs no TensorFlow."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest

from core.card import Card, Input, named, write_card
from core.compile import compile_model
from core.compiled import COMPILED_FILE, CompiledNetwork, sha256
from core.errors import ModelError
from core.library import OpenModel, find, installed, model_file, open_model
from core.opening import engine_of, open_engine
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def compiled(small_model, tmp_path_factory):
    """A model's folder with its compiled form."""
    folder = tmp_path_factory.mktemp("compiled") / "model"
    folder.mkdir()
    small_model.keras.save(folder / "model.keras")
    write_card(small_model.card, folder)
    compile_model(small_model, folder / "model.keras")
    return folder


def assert_alike(ours, theirs):
    for name in ("logits", "activations", "gradients"):
        expected = getattr(theirs, name)
        assert np.abs(getattr(ours, name) - expected).max() <= 1e-4 * np.ptp(expected), name


def inputs(engine, count=3):
    shape = (count, *engine.card.input.size, 3)
    return np.random.default_rng(7).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("name", installed())
def test_the_shipped_models_are_compiled_from_what_is_shipped(name):
    folder = find(name)
    network = open_engine(folder).network
    assert isinstance(network, CompiledNetwork)
    assert network.model == sha256(model_file(folder))


@pytest.mark.parametrize("name", installed())
def test_the_shipped_compiled_form_answers_as_tensorflow(name):
    ours, theirs = open_engine(find(name)), engine_of(open_model(find(name)))
    assert ours.layers == theirs.layers
    ours, theirs = ours.run(inputs(ours)), theirs.run(inputs(ours))
    assert_alike(ours, theirs)
    assert ours.scores == pytest.approx(theirs.scores, abs=1e-4)


def test_a_compiled_model_answers_as_tensorflow(compiled, engine):
    ours = open_engine(compiled)
    assert isinstance(ours.network, CompiledNetwork)
    assert_alike(ours.run(inputs(ours)), engine.run(inputs(ours)))
    assert_alike(ours.run(inputs(ours, 1)), engine.run(inputs(ours, 1)))


def test_another_layer_is_run_by_tensorflow(compiled, engine):
    ours = open_engine(compiled)
    assert_alike(ours.run(inputs(ours), "top_conv"), engine.run(inputs(ours), "top_conv"))


def test_the_card_can_be_overridden(compiled):
    assert open_engine(compiled, "0-1", "crop").card.input == Input(64, 64, "0-1", "crop")


def test_a_compiled_form_of_another_model_is_not_used(compiled, tmp_path, caplog):
    folder = tmp_path / "model"
    shutil.copytree(compiled, folder)
    (folder / "model.keras").write_bytes((find("rice-64") / "model.keras").read_bytes())
    engine = open_engine(folder)
    assert not isinstance(engine.network, CompiledNetwork)
    assert "not of this model" in caplog.text


def test_a_damaged_compiled_form_is_not_used(compiled, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(compiled, folder)
    (folder / COMPILED_FILE).write_bytes(b"damaged")
    assert open_engine(folder).network.layers[-1].name == "top_activation"


def test_a_head_whose_gradients_depend_on_the_photo_is_not_compiled(tmp_path):
    import keras

    image = keras.Input((32, 32, 3))
    cells = keras.layers.Conv2D(4, 3, activation="relu", name="cells")(image)
    hidden = keras.layers.Dense(8, "relu")(keras.layers.GlobalAveragePooling2D()(cells))
    model = keras.Model(image, keras.layers.Dense(2, "softmax")(hidden))
    opened = OpenModel("deep", model, Card(named(["a", "b"]), Input(32, 32)))
    model.save(tmp_path / "model.keras")
    with pytest.raises(ModelError, match="one dense layer"):
        compile_model(opened, tmp_path / "model.keras")
    assert not (tmp_path / COMPILED_FILE).exists()
    assert engine_of(opened).run(np.zeros((1, 32, 32, 3), np.float32)).scores.shape == (1, 2)


def test_explaining_with_a_shipped_model_does_not_import_tensorflow(tmp_path):
    sample = ROOT / "assets" / "samples" / "ketan-scattered-slate.jpg"
    command = [sys.executable, "-X", "importtime", "-m", "core", "explain", str(sample)]
    command += ["--out", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "core.compiled" in done.stderr
    assert "tensorflow" not in done.stderr
    assert (tmp_path / "out" / sample.stem / "overlay.png").is_file()
