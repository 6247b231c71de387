"""Tokens whose places trying shows, and those that lie otherwise than the photo."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto

from core.models.onnx import probed_grids
from core.models.onnx.autodiff.backward import trace
from core.models.onnx.logit_output import add_logits
from core.models.onnx.probed_grids import find_grids
from core.models.onnx.read_graph import read_graph, set_input
from tests.support.onnx_files import CLASSES, SIDE, classifier
from tests.support.onnx_transformers import (
    TOKENS,
    WIDTH,
    attention,
    block,
    cut_out,
    norm,
    swin,
    tokens,
    vit_with,
)


def grids(made, batch=None, **options):
    """The grids behind the patches, by the names of their nodes."""
    read = read_graph(classifier(made, **options), "m.onnx")
    add_logits(read.model, read.output, np.zeros((2, CLASSES), np.float32))
    set_input(read.model, batch, (SIDE, SIDE, 3))
    photos = np.random.default_rng(0).normal(size=(batch or 2, SIDE, SIDE, 3)).astype(np.float32)
    forward = trace(read.model, {}, photos)
    moving = set(forward.tensors) - set(forward.constants) - set(forward.sizes)
    names = {node.output[0]: node.name for node in read.model.graph.node}
    passed = {name for name, of in names.items() if of == "/patch" or of.endswith(("/Add", "_1"))}
    found = find_grids(forward, moving, passed)
    return {
        names[name]: grid
        for name, grid in found.items()
        if name in names and names[name].endswith(("Add", "Add_1", "LayerNormalization"))
    }


@pytest.mark.parametrize("before", [0, 1, 3])
@pytest.mark.parametrize("batch", [None, 1])
def test_tokens_behind_attention_lie_as_the_photo(before, batch):
    found = grids(vit_with(before=before), batch)
    last = found["/blocks.1/Add_1"]
    assert last.before == before
    assert last.cells == (4, 4)
    assert [(axis.first, axis.step) for axis in last.layout] == [(4, 8), (4, 8)]
    assert {"/blocks.0/norm1/LayerNormalization", "/blocks.1/Add"} < set(found)


def test_patches_need_no_convolution():
    found = grids(vit_with(embed=cut_out))
    assert found["/blocks.1/Add_1"].before == 1
    assert found["/blocks.1/Add_1"].layout[0].step == 8


def test_a_norm_of_single_operations_is_one_too():
    assert "/blocks.1/norm1/Add" in grids(vit_with(whole=False), opset=13)


@pytest.mark.parametrize(
    "order",
    [
        np.arange(TOKENS)[::-1],
        np.random.default_rng(0).permutation(TOKENS),
        np.roll(np.arange(TOKENS), 1),
        np.arange(TOKENS).reshape(4, 4).T.ravel(),
    ],
    ids=["reversed", "shuffled", "rolled", "columns first"],
)
def test_tokens_in_another_order_are_no_grid(order):
    assert grids(vit_with(order=order)) == {}


def test_windows_are_undone_and_cells_put_together():
    found = grids(swin)
    assert found["/stage.0/Add_1"].cells == (8, 8)
    assert found["/stage.1/Add_1"].cells == (4, 4)
    assert found["/norm/LayerNormalization"].layout[0].step == 8


def test_how_many_photos_there_were_costs_no_pass_of_what_came_before(monkeypatch):
    def sized(write):
        """As torch's older exporter asks an early tensor how many photos there are."""
        x = block(write, tokens(write, before=0), "/blocks.0")
        count = write("Slice", write("Shape", "input"), *map(write.store, np.array([[0], [1]])))
        shape = write("Concat", count, write.store(np.array([TOKENS, WIDTH])), axis=0)
        x = norm(write, write("Reshape", x, shape), "/norm")
        x = write("ReduceMean", x, axes=[1], keepdims=0)
        return write("Gemm", x, write.weight(CLASSES, WIDTH), transB=1)

    tried = []

    def opened(model, options):
        tried.append({node.op_type for node in ModelProto.FromString(model).graph.node})
        return onnxruntime.InferenceSession(model, options)

    monkeypatch.setattr(probed_grids, "onnxruntime", SimpleNamespace(InferenceSession=opened))
    assert "/norm/LayerNormalization" in grids(sized)
    assert tried
    assert all(ops.isdisjoint({"Conv", "Shape"}) for ops in tried)


def test_what_is_of_no_photo_is_passed_over():
    def gated(write):
        x = tokens(write)
        everything = write("ReduceMean", x, keepdims=0)
        x = write("Mul", x, write("Add", everything, everything, name="/gate/Add"))
        x = write("ReduceMean", x, axes=[1], keepdims=0)
        return write("Gemm", x, write.weight(CLASSES, 12), transB=1)

    assert grids(gated) == {}


def test_what_only_mixes_is_no_grid():
    def mixed(write):
        x = norm(write, attention(write, tokens(write, before=0)), "/mixed")
        x = write("ReduceMean", x, axes=[1], keepdims=0)
        return write("Gemm", x, write.weight(CLASSES, 12), transB=1)

    assert "/mixed/LayerNormalization" not in grids(mixed)
