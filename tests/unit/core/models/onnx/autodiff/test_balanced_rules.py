"""Balanced gradients: activations times them add up to what they explain."""

from __future__ import annotations

import numpy as np
import pytest

from core.models.onnx.autodiff.backward import BACKWARD, LAYER, add_gradients, trace
from core.models.onnx.place import Place
from tests.support.onnx_graphs import model, node, run, weights

ONE, TWO, TINY = np.float32(1), np.float32(2), np.float32(1e-6)
# Each turns the layer "x" [N, 3, 6, 5] into "y", of as high a degree as 1 if what weighs is given.
CASES = {
    "gelu": ([node("Gelu", ["x"])], {}, 20),
    "gelu by a tanh": ([node("Gelu", ["x"], approximate="tanh")], {}, 20),
    "gelu in parts": (
        [node("Erf", ["x"], "e"), node("Add", ["e", "one"], "g"), node("Mul", ["x", "g"])],
        {"one": ONE},
    ),
    "hard swish": ([node("HardSwish", ["x"])], {}),
    "mish": ([node("Mish", ["x"])], {}, 18),
    "swish": ([node("Sigmoid", ["x"], "s"), node("Mul", ["x", "s"])], {}),
    "square": ([node("Mul", ["x", "x"])], {}),
    "product of two": (
        [node("Mul", ["x", "two"], "t"), node("Relu", ["t"], "r"), node("Mul", ["x", "r"])],
        {"two": TWO},
    ),
    "attention": (
        [
            node("Transpose", ["x"], "turned", perm=[0, 1, 3, 2]),
            node("MatMul", ["x", "turned"], "scores"), node("Softmax", ["scores"], "weights"),
            node("MatMul", ["weights", "x"]),
        ],
        {},
    ),
    "layer norm": (
        [node("LayerNormalization", ["x", "scale"], axis=-1)], {"scale": weights(5)}
    ),
    "layer norm in parts": (
        [
            node("ReduceMean", ["x"], "mean", axes=[-1]), node("Sub", ["x", "mean"], "apart"),
            node("Pow", ["apart", "two"], "square"),
            node("ReduceMean", ["square"], "variance", axes=[-1]),
            node("Add", ["variance", "tiny"], "sum"), node("Sqrt", ["sum"], "spread"),
            node("Div", ["apart", "spread"]),
        ],
        {"two": TWO, "tiny": TINY},
    ),
    "instance norm": (
        [node("InstanceNormalization", ["x", "scale", "shift"])],
        {"scale": weights(3), "shift": np.zeros(3, np.float32)},
    ),
}  # fmt: skip
PHOTOS = np.random.default_rng(1).normal(0, 1, (2, 6, 5, 3)).astype(np.float32)
PHOTOS[0, 0, 0, 0] = 0  # where no gate can be read off


@pytest.mark.parametrize("case", CASES)
def test_they_add_up_to_the_logits(case):
    nodes, constants, *opset = CASES[case]
    forward = trace(model(nodes, constants, *opset), {}, PHOTOS)
    graph = add_gradients(forward, "logits", Place("x", True), balanced=True)
    graph_run = dict(
        zip(
            [each.name for each in graph.graph.output],
            run(graph, PHOTOS, classes=np.eye(2, dtype=np.float32)),
            strict=True,
        )
    )
    added = np.einsum("nhwk,nchwk->nc", graph_run[LAYER], graph_run[BACKWARD])
    assert added == pytest.approx(graph_run["logits"], rel=1e-3, abs=1e-3)


def test_true_gradients_do_not_add_up_behind_attention():
    forward = trace(model(*CASES["attention"]), {}, PHOTOS)
    graph = add_gradients(forward, "logits", Place("x", True))
    logits, layer, gradients = run(graph, PHOTOS, classes=np.eye(2, dtype=np.float32))
    added = np.einsum("nhwk,nchwk->nc", layer, gradients)
    assert np.abs(added - logits).max() > 0.1
