"""The logits behind every usual end of a classifier; what is no classifier's is refused."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ModelError
from core.models.network import probabilities
from core.models.onnx.logit_output import add_logits
from core.models.onnx.onnx_network import LOGITS
from tests.support.onnx_graphs import build, node, run

PHOTOS = np.random.default_rng(3).normal(0, 1, (2, 6, 5, 3)).astype(np.float32)
POOLED = node("ReduceMean", ["photos"], "mean", axes=[1, 2], keepdims=0)
DENSE = [POOLED, node("MatMul", ["mean", "w"], "dense")]
W = {"w": np.random.default_rng(4).normal(0, 2, (3, 4)).astype(np.float32)}


def head(nodes, constants=W, output="y"):
    """The head of a graph, its logits and what the graph gave."""
    graph = build(nodes, constants, [output])
    (given,) = run(graph, PHOTOS)
    kind, assumed = add_logits(graph, output, given)
    (logits,) = run(graph, PHOTOS)
    assert [each.name for each in graph.graph.output] == [LOGITS]
    return kind, assumed, logits, given


def test_a_softmax():
    kind, assumed, logits, given = head([*DENSE, node("Softmax", ["dense"], axis=-1)])
    assert (kind, assumed) == ("softmax", ())
    assert probabilities(logits, kind) == pytest.approx(given, abs=1e-5)
    assert np.ptp(np.log(given) - logits, axis=1).max() < 1e-4


def test_a_strangers_node_may_be_called_logits():
    dense = node("MatMul", ["mean", "w"], "dense", name=LOGITS)
    kind, _, logits, _ = head([POOLED, dense, node("Softmax", ["dense"], axis=-1)])
    assert (kind, logits.shape) == ("softmax", (2, 4))


def test_sigmoids():
    kind, _, logits, given = head([*DENSE, node("Sigmoid", ["dense"])])
    assert kind == "sigmoid"
    assert probabilities(logits, kind) == pytest.approx(given, abs=1e-5)


def test_one_sigmoid_is_two_classes():
    one = {"w": W["w"][:, :1]}
    kind, _, logits, given = head([*DENSE, node("Sigmoid", ["dense"])], one)
    assert (kind, logits.shape) == ("softmax", (2, 2))
    assert probabilities(logits, kind)[:, 1:] == pytest.approx(given, abs=1e-5)


def test_plain_numbers_are_taken_for_logits():
    bias = node("Add", ["dense", "b"])
    kind, assumed, logits, given = head([*DENSE, bias], {**W, "b": np.ones(4, np.float32)})
    assert kind == "softmax"
    assert logits == pytest.approx(given)
    assert "logits" in assumed[0]


def test_a_convolution_that_stands_for_a_dense_layer():
    nodes = [
        node("Transpose", ["photos"], "t", perm=[0, 3, 1, 2]),
        node("GlobalAveragePool", ["t"], "mean"),
        node("Conv", ["mean", "w"]),
    ]
    kernel = {"w": W["w"].T.reshape(4, 3, 1, 1)}
    kind, _, logits, given = head(nodes, kernel)
    assert (kind, logits.shape) == ("softmax", (2, 4))
    assert logits == pytest.approx(given[:, :, 0, 0])
    squeezed = [
        nodes[0], node("Conv", ["t", "w"], "c"), node("Relu", ["c"], "r"),
        node("GlobalAveragePool", ["r"]),
    ]  # fmt: skip
    kind, assumed, logits, given = head(squeezed, kernel)
    assert logits == pytest.approx(given[:, :, 0, 0])
    assert "logits" in assumed[0]


def test_a_mean_of_softmaxes_is_a_mixture():
    nodes = [
        *DENSE, node("Softmax", ["dense"], "a"), node("Neg", ["dense"], "n"),
        node("Softmax", ["n"], "b"), node("Mean", ["a", "b"]),
    ]  # fmt: skip
    kind, assumed, logits, given = head(nodes)
    assert kind == "mixture"
    assert probabilities(logits, kind) == pytest.approx(given, abs=1e-4)
    assert "logarithm" in assumed[0]


@pytest.mark.parametrize(
    ("nodes", "code"),
    [
        ([node("Transpose", ["photos"], perm=[0, 3, 1, 2])], "model_shape"),
        ([*DENSE, node("ReduceMax", ["dense"], axes=[1], keepdims=0)], "model_shape"),
        ([*DENSE, node("Tanh", ["dense"])], "no_softmax"),
    ],
)
def test_what_is_no_classifier_is_refused(nodes, code):
    with pytest.raises(ModelError) as caught:
        head(nodes)
    assert caught.value.code == code
