"""An ONNX file is compiled without TensorFlow: its own answers, and gradients that are right."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
from onnx import helper, numpy_helper
from onnx.shape_inference import infer_shapes
from onnx.utils import Extractor

from core.errors import ModelError
from core.models.card import Card, Input, class_names
from core.models.files.formats import recognise
from core.models.onnx.compile_onnx import compile_onnx
from core.models.onnx.onnx_network import LOGITS
from tests.conftest import ROOT
from tests.support.onnx_files import CLASSES, FAMILIES, SIDE, classifier, saved
from tests.support.onnx_transformers import TOKENS, swin, vit, vit_with

MODELS = {**FAMILIES, "vit": vit, "mean of tokens": vit_with(before=0, pooled=True), "swin": swin}
NOISE = np.random.default_rng(1).normal(0, 1, (3, SIDE, SIDE, 3)).astype(np.float32)


def compiled(path, card=None):
    return compile_onnx(recognise(path), card, "its hash", lambda: pytest.fail("TensorFlow"))


@pytest.mark.parametrize("family", MODELS)
def test_a_model_answers_as_the_file_does(family, tmp_path):
    path = saved(tmp_path, family=MODELS[family])
    network = compiled(path)
    session = onnxruntime.InferenceSession(path.read_bytes())
    (expected,) = session.run(None, {"input": NOISE.transpose(0, 3, 1, 2)})
    assert network.logits(NOISE) == pytest.approx(expected, abs=1e-4)
    for layer in network.layers:
        found = network.forward(NOISE, layer)
        assert found.gradients.shape == (3, CLASSES, *layer.grid, layer.channels)
        assert found.logits == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("family", MODELS)
def test_gradients_are_those_of_differences(family, tmp_path):
    """From an early layer to the logits, with the photo itself as the measure.

    The logits' change for a small change of the photo is the early layer's own change times its
    gradients, to first order.
    """
    network = compiled(saved(tmp_path, family=MODELS[family]))
    early = next(layer for layer in network.layers if not layer.balanced)
    step = 1e-3 * np.random.default_rng(2).choice([-1, 1], NOISE.shape).astype(np.float32)
    more, less = network.forward(NOISE + step, early), network.forward(NOISE - step, early)
    found = network.forward(NOISE, early)
    change = (more.activations - less.activations)[:, None]
    expected = more.logits - less.logits
    got = (change * found.gradients).sum(axis=(2, 3, 4))
    assert got == pytest.approx(expected, abs=0.03 * float(np.abs(expected).max()))


def test_tokens_gradients_are_those_of_differences_of_tokens(tmp_path):
    network = compiled(saved(tmp_path, family=vit_with(before=2)))
    layer = network.layers[-1]
    tensor = network.about.tensors[layer.name].tensor
    graph, found = infer_shapes(network.graph()), network.forward(NOISE, layer)
    photos = graph.graph.input[0].name
    tokens = run(Extractor(graph).extract_model([photos], [tensor]), {photos: NOISE})
    assert found.activations == pytest.approx(tokens[:, 2:].reshape(3, 4, 4, 12), abs=1e-5)
    behind = Extractor(graph).extract_model([photos, tensor], [LOGITS])
    cells = np.random.default_rng(2).normal(0, 3e-3, (3, 16, 12)).astype(np.float32)
    step = np.pad(cells, ((0, 0), (2, 0), (0, 0)))  # the class token and the register stay
    more, less = (run(behind, {photos: NOISE, tensor: tokens + way * step}) for way in (1, -1))
    expected = (more - less) / 2
    got = (cells.reshape(3, 1, 4, 4, 12) * found.gradients).sum(axis=(2, 3, 4))
    assert got == pytest.approx(expected, abs=0.01 * float(np.abs(expected).max()))


def run(model, given):
    (found,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, given)
    return found


@pytest.mark.parametrize(
    ("family", "kind", "grid"),
    [("resnet", "Relu", (8, 8)), ("resnext", "Relu", (16, 16)), ("convnext", "Add", (8, 8)),
     ("mobilenet", "HardSwish", (16, 16))],
)  # fmt: skip
def test_the_last_grid_before_the_pooling_explains(family, kind, grid, tmp_path):
    layer = compiled(saved(tmp_path, family=MODELS[family])).layers[-1]
    assert (layer.kind, layer.grid, layer.pooled) == (kind, grid, True)
    assert layer.linear == (family in ("resnet", "resnext"))


@pytest.mark.parametrize(
    "options",
    [{"opset": 11}, {"opset": 18}, {"opset": 22}, {"opset": 24}, {"channels_last": True},
     {"half": True}, {"batch": 1}, {"end": "Softmax"}],
)  # fmt: skip
def test_exports_of_every_kind_give_the_same_gradients(options, tmp_path):
    usual = compiled(saved(tmp_path))
    network = compiled(saved(tmp_path, name="other.onnx", **options))
    about = {"abs": 1e-4} if not options.get("half") else {"rel": 0.05, "abs": 0.02}
    for layer, other in zip(usual.layers, network.layers, strict=True):
        assert (layer.grid, layer.channels) == (other.grid, other.channels)
        ours, theirs = (each.forward(NOISE, at) for each, at in ((network, other), (usual, layer)))
        assert ours.logits == pytest.approx(theirs.logits, **about)
        if not options.get("half"):  # in half precision a gate near zero may be open
            assert ours.gradients == pytest.approx(theirs.gradients, **about)


def test_a_model_that_knows_how_many_photos_there_are_takes_them_one_by_one(tmp_path):
    model = classifier(batch=1)
    reshape = next(node for node in model.graph.node if node.op_type == "Flatten")
    reshape.op_type = "Reshape"
    size = np.array([1, 8])
    model.graph.initializer.append(numpy_helper.from_array(size, "one photo"))
    reshape.input.append("one photo")
    network, usual = compiled(saved(tmp_path, model)), compiled(saved(tmp_path, name="usual.onnx"))
    layer = network.layers[0]
    for at in (layer, network.layers[-1]):
        ours, theirs = network.forward(NOISE, at), usual.forward(NOISE, at)
        assert ours.logits == pytest.approx(theirs.logits, abs=1e-4)
        assert ours.gradients == pytest.approx(theirs.gradients, abs=1e-4)
    assert network.logits(NOISE).shape == (3, CLASSES)


def test_what_lacks_a_rule_is_named_and_layers_behind_it_work(tmp_path, caplog):
    def odd(write):
        x = write("Relu", write.conv("input", 8, 3, strides=[2, 2]))
        x = write("Ceil", write("LRN", x, size=3, name="/odd/LRN"), name="/odd/Ceil")
        return write.head(write("Relu", write.conv(x, 8, 8)), 8)

    network = compiled(saved(tmp_path, family=odd))
    assert [layer.kind for layer in network.layers] == ["Ceil", "Conv2D", "Relu"]
    said = network.about.card.assumptions[-1]
    assert "Ceil (/odd/Ceil)" in said
    assert said in caplog.text


def test_a_rule_that_is_missing_behind_all_grids_is_refused_by_name(tmp_path):
    def odd(write):
        x = write("Flatten", write("GlobalAveragePool", write.conv("input", 8, 3)))
        x = write("Round", x, name="/head/Round")
        return write("Gemm", x, write.weight(CLASSES, 8), transB=1)

    with pytest.raises(ModelError) as caught:
        compiled(saved(tmp_path, family=odd))
    assert caught.value.code == "no_gradient"
    assert "/head/Round" in caught.value.facts["op"]


def test_a_graph_that_the_runtime_refuses_is_refused_in_words(tmp_path):
    model = classifier()
    model.graph.node[0].attribute.append(helper.make_attribute("auto_pad", "SIDEWAYS"))
    with pytest.raises(ModelError) as caught:
        compiled(saved(tmp_path, model))
    assert caught.value.code in ("model_unreadable", "model_shape")


def test_a_model_without_places_is_refused(tmp_path):
    def tokens(write):
        return write(
            "Gemm", write("Flatten", "input"), write.weight(CLASSES, 3 * SIDE**2), transB=1
        )

    with pytest.raises(ModelError) as caught:
        compiled(saved(tmp_path, family=tokens))
    assert caught.value.code == "no_layer"


def test_tokens_in_another_order_than_the_photos_are_refused(tmp_path):
    with pytest.raises(ModelError) as caught:
        compiled(saved(tmp_path, family=vit_with(order=range(TOKENS)[::-1])))
    assert caught.value.code == "no_layer"


def test_a_card_is_assumed_and_said(tmp_path):
    (tmp_path / "labels.txt").write_text("a\nb\nc\nd\n")
    card = compiled(saved(tmp_path)).about.card
    assert card.input == Input(SIDE, SIDE, "imagenet", "crop", 3)
    assert card.names == ("a", "b", "c", "d")
    said = " ".join(card.assumptions)
    assert "labels.txt" in said
    assert "torchvision" in said
    assert compiled(saved(tmp_path, channels_last=True)).about.card.input.values == "0-1"


def test_a_model_that_rescales_takes_grey_levels(tmp_path):
    def rescaled(write):
        x = write("Div", "input", write.store(np.float32(255)))
        return write.head(write("Relu", write.conv(x, 8, 3)), 8)

    assert compiled(saved(tmp_path, family=rescaled)).about.card.input.values == "0-255"


def test_a_free_size_is_the_cards_or_224(tmp_path):
    model = classifier()
    for at in (2, 3):
        model.graph.input[0].type.tensor_type.shape.dim[at].dim_param = "side"
    path = saved(tmp_path, model)
    assert compiled(path).about.shape == (224, 224, 3)
    card = Card(class_names(list("abcd")), Input(48, 64))
    assert compiled(path, card).about.shape == (48, 64, 3)


@pytest.mark.parametrize(
    "card", [Card(class_names(list("abcd")), Input(48, 64)), Card(class_names("ab"), Input(32, 32))]
)
def test_a_card_that_does_not_fit_is_refused(card, tmp_path):
    with pytest.raises(ModelError) as caught:
        compiled(saved(tmp_path), card)
    assert caught.value.code == "card_unfit"


def test_tensorflow_is_not_imported(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from core.explain.open_explainer import open_explainer\n"
        "open_explainer(Path(sys.argv[1]), cache=Path(sys.argv[2]))\n"
        "assert not {'tensorflow', 'keras', 'tf2onnx', 'torch'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, str(saved(tmp_path)), str(tmp_path / "cache")]
    subprocess.run(command, cwd=ROOT, check=True)
