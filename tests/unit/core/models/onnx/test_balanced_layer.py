"""The layer before the first attention."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.onnx.autodiff.backward import trace
from core.models.onnx.graph_layers import find_graph_layers
from core.models.onnx.logit_output import add_logits
from core.models.onnx.read_graph import read_graph, set_input
from tests.support.onnx_files import CLASSES, FAMILIES, SIDE, classifier
from tests.support.onnx_transformers import WIDTH, cut_out, swin, vit_with


def balanced(family):
    read = read_graph(classifier(family), "m.onnx")
    add_logits(read.model, read.output, np.zeros((2, CLASSES), np.float32))
    set_input(read.model, None, (SIDE, SIDE, 3))
    photos = np.random.default_rng(0).normal(size=(2, SIDE, SIDE, 3)).astype(np.float32)
    layers, places, _ = find_graph_layers(trace(read.model, {}, photos))
    return [(each, places[each.name]) for each in layers if each.balanced], layers


@pytest.mark.parametrize(
    ("family", "grid"),
    [(vit_with(), (4, 4)), (vit_with(before=3, pooled=True), (4, 4)), (swin, (8, 8))],
)
def test_it_is_the_patches(family, grid):
    ((found, place),), layers = balanced(family)
    assert (found.name, found.grid, found.channels) == ("patch (balanced)", grid, WIDTH)
    assert (found.linear, found.pooled) == (False, False)
    assert place.tokens is None
    assert layers[0] == found
    assert not layers[-1].balanced


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_without_attention_there_is_none(family):
    assert balanced(family)[0] == []


def test_weights_of_branches_are_no_attention():
    def selective(write):
        x = write("Relu", write.conv("input", 8, 3, strides=[4, 4]))
        one, other = write.conv(x, 8, 8), write.conv(x, 8, 8, side=1)
        pooled = write("ReduceMean", x, axes=[2, 3])
        share = write("Softmax", write.conv(pooled, 8, 8, side=1), axis=1)
        mixed = write("Add", write("Mul", one, share), other, name="/mixed")
        return write.head(mixed, 8)

    found, layers = balanced(selective)
    assert found == []
    assert layers[-1].name == "mixed"


def test_where_its_cells_lie_has_to_be_proven():
    assert balanced(vit_with(embed=cut_out))[0] == []
