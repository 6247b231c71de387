"""`compile` from the command line: a model is made ready, whatever was beside it before."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.explain import open_explainer as opening
from core.models.card import Card, Input, class_names, write_card
from core.models.files.formats import ONNX_FILE
from core.models.onnx.onnx_network import OnnxNetwork
from tests.conftest import ROOT
from tests.support import tiny_networks

SHIPPED = ROOT / "assets" / "models" / "demo-a"

pytestmark = pytest.mark.tensorflow


def compiled(folder):
    return OnnxNetwork(folder / ONNX_FILE, lambda: None)


def test_a_damaged_compiled_form_is_replaced_and_named(tmp_path, capsys):
    model = tmp_path / "mine"
    model.mkdir()
    keras = tiny_networks.classifier(tiny_networks.generation(3))
    keras.save(model / "model.keras")
    card = Card(class_names(list(tiny_networks.NAMES)), Input(*tiny_networks.SIZE))
    write_card(card, model)
    (model / ONNX_FILE).write_bytes(b"damaged")
    assert main(["compile", str(model)]) == 0
    assert capsys.readouterr().out.strip() == str(model / ONNX_FILE)
    network, photos = compiled(model), tiny_networks.photos()
    scores = network.forward(photos, network.layers[-1]).scores
    np.testing.assert_allclose(scores, np.asarray(keras(photos)), rtol=1e-3, atol=1e-4)


def test_a_bare_file_and_a_saved_model_are_compiled_into_the_cache(
    made, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(opening, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    file = Path(shutil.copy(made("keras3"), tmp_path / "bare.keras"))
    folder = shutil.copytree(made("keras3_export"), tmp_path / "saved")
    before = sorted(folder.rglob("*"))
    for path in (file, folder):
        assert main(["compile", str(path)]) == 0
        (line,) = capsys.readouterr().out.splitlines()
        assert Path(line) == tmp_path / "cache" / opening.model_digest(path) / ONNX_FILE
        assert isinstance(opening.open_explainer(path).network, OnnxNetwork)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.slow
def test_a_shipped_model_compiles_to_what_is_shipped(tmp_path, capsys):
    model = tmp_path / "mine"
    shutil.copytree(SHIPPED, model)
    (model / ONNX_FILE).unlink()
    assert main(["compile", str(model)]) == 0
    shipped, made = compiled(SHIPPED), compiled(model)
    # The converter numbers the tensors it adds, and goes on counting from model to model.
    assert replace(made.about, tensors={}) == replace(shipped.about, tensors={})
    assert made.about.tensors.keys() == shipped.about.tensors.keys()
    photos = np.random.default_rng(0).normal(size=(2, *made.about.shape)).astype(np.float32)
    ours, theirs = (each.forward(photos, each.layers[-1], [0]) for each in (made, shipped))
    np.testing.assert_allclose(ours.logits, theirs.logits, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(ours.activations, theirs.activations, rtol=1e-3, atol=1e-3)
