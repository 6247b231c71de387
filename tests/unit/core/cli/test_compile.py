"""`compile` from the command line: a model is made ready, whatever was beside it before."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from core.__main__ import main
from core.models.card import Card, Input, class_names, write_card
from core.models.onnx.onnx_network import ONNX_FILE, OnnxNetwork
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
