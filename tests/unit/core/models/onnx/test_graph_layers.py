"""The layers of an ONNX graph: their names, their places, and what follows them."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.onnx.autodiff.backward import trace
from core.models.onnx.graph_layers import find_graph_layers
from core.models.onnx.logit_output import add_logits
from core.models.onnx.read_graph import read_graph, set_input
from tests.support.onnx_files import CLASSES, SIDE, classifier, resnet
from tests.support.onnx_transformers import TOKENS, vit_with


def layers(model):
    read = read_graph(model, "m.onnx")
    add_logits(read.model, read.output, np.zeros((2, CLASSES), np.float32))
    set_input(read.model, None, (SIDE, SIDE, 3))
    photos = np.random.default_rng(0).normal(size=(2, SIDE, SIDE, 3)).astype(np.float32)
    return find_graph_layers(trace(read.model, {}, photos))


def test_layers_run_from_the_input_to_the_default():
    found, places, said = layers(classifier(resnet))
    assert [layer.kind for layer in found] == [
        "Conv2D", "Relu", "MaxPool", "Conv2D", "Relu", "Conv2D", "Add", "Relu",
    ]  # fmt: skip
    assert found[-1].name == "block/Relu"
    assert set(places) == {layer.name for layer in found}
    assert all(place.channels_first and not place.tokens for place in places.values())
    assert said == ()


@pytest.mark.parametrize(
    ("scopes", "name"),
    [
        ("['', 'features.3', 'features.3.1', 'relu_3']", "features.3.1/Relu"),
        ("['relu_3']", "block/Relu"),
        ("", "block/Relu"),
    ],
)
def test_torch_names_a_layers_module(scopes, name):
    model = classifier(resnet)
    last = next(node for node in model.graph.node if node.name == "/block/Relu")
    last.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=scopes)
    assert layers(model)[0][-1].name == name


def test_torchs_older_exporter_repeats_the_modules_in_each_other():
    model = classifier(resnet)
    last = next(node for node in model.graph.node if node.name == "/block/Relu")
    last.name = "/layer4/layer4.1/relu/Relu"
    assert layers(model)[0][-1].name == "layer4.1/relu/Relu"


def test_a_strangers_names_are_on_one_line_short_and_different():
    model = classifier(resnet)
    for node in model.graph.node:
        node.name = "<b>\x1b[2J\n" + "x" * 500
    names = [layer.name for layer in layers(model)[0]]
    assert len(set(names)) == len(names)
    assert all(name.isprintable() and len(name) < 220 for name in names)


def test_a_model_of_a_class_token_is_explained_where_the_last_attention_reads():
    found, places, said = layers(classifier(vit_with(before=2)))
    assert found[-1].name == "blocks.1/norm1/LayerNormalization"
    assert (found[-1].grid, found[-1].channels) == ((4, 4), 12)
    assert places[found[-1].name].tokens == (2, 4, 4)
    assert "blocks.0/Add_1" in places
    assert not {"blocks.1/Add", "blocks.1/norm2/LayerNormalization", "norm"} & set(places)
    assert "not what its class token took before" in said[0]
    assert "maps other than LibraGrad's may be bright where the answer does not" in said[1]


def test_a_model_of_a_mean_is_explained_at_its_last_tokens():
    found, _, said = layers(classifier(vit_with(before=1, pooled=True)))
    assert found[-1].name == "blocks.1/Add_1"
    assert found[-1].linear
    (only,) = said
    assert "maps other than LibraGrad's may be bright where the answer does not" in only


def test_patches_alone_are_not_explained():
    found, places, _ = layers(classifier(vit_with(order=range(TOKENS)[::-1])))
    assert found == ()
    assert places == {}


def test_a_branch_that_is_passed_by_is_not_the_default():
    def branched(write):
        x = write("Relu", write.conv("input", 8, 3, strides=[2, 2]), name="/common/Relu")
        one = write("GlobalAveragePool", write("Relu", write.conv(x, 8, 8)))
        other = write("GlobalMaxPool", x)
        flat = write("Flatten", write("Concat", one, other, axis=1))
        return write("Gemm", flat, write.weight(CLASSES, 16), transB=1)

    assert layers(classifier(branched))[0][-1].name == "common/Relu"
