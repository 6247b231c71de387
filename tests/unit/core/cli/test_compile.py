"""A model is made ready from the command line, whatever was beside it before."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.__main__ import main
from core.models.onnx.onnx_network import ONNX_FILE, OnnxNetwork

SHIPPED = Path(__file__).resolve().parents[4] / "assets" / "models" / "demo-a"


def test_the_compiled_form_is_made_anew_and_named(tmp_path, capsys):
    model = tmp_path / "mine"
    shutil.copytree(SHIPPED, model)
    (model / ONNX_FILE).write_bytes(b"damaged")
    assert main(["compile", str(model)]) == 0
    assert capsys.readouterr().out.strip() == str(model / ONNX_FILE)
    shipped, made = (OnnxNetwork(folder / ONNX_FILE, lambda: None) for folder in (SHIPPED, model))
    # The converter numbers the tensors it adds, and goes on counting from model to model.
    assert replace(made.about, tensors={}) == replace(shipped.about, tensors={})
    assert made.about.tensors.keys() == shipped.about.tensors.keys()
    photos = np.random.default_rng(0).normal(size=(2, *made.about.shape)).astype(np.float32)
    ours, theirs = (each.forward(photos, each.layers[-1], [0]) for each in (made, shipped))
    np.testing.assert_allclose(ours.logits, theirs.logits, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(ours.activations, theirs.activations, rtol=1e-3, atol=1e-3)
