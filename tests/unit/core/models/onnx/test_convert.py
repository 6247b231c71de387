"""Conversion to ONNX: weights stay beside the graph until they are put in, as they are read."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

pytestmark = pytest.mark.tensorflow


def model():
    import keras

    keras.utils.set_random_seed(1)
    image = keras.Input((12, 12, 3))
    x = keras.layers.Conv2D(120, 1, name="first")(image)
    x = keras.layers.Conv2D(120, 1, strides=2, activation="relu", name="convolution")(x)
    x = keras.layers.Dense(120, activation="gelu", name="dense")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(3, "softmax", name="head")(x))


def frozen(made):
    from core.models.tensorflow.freeze import freeze
    from core.models.tensorflow.load import from_keras

    return freeze(from_keras(made), (12, 12))


def test_weights_are_inputs_in_the_order_in_which_they_are_read():
    from core.models.onnx.convert import convert
    from core.models.onnx.half_precision import add_constants

    made = model()
    half = made.get_layer("dense").get_weights()
    made.get_layer("dense").set_weights([each.astype(np.float16) for each in half])
    converted, weights = convert(frozen(made))
    assert {each.shape for each in weights.values()} == {(120, 120, 1, 1), (120, 120)}
    kinds = {node.op_type for node in converted.graph.node}
    assert "MatMul" in kinds
    assert not kinds & {"Erfc", "Shape", "Einsum"}
    photos = np.random.default_rng(0).normal(size=(2, 12, 12, 3)).astype(np.float32)
    given = {converted.graph.input[0].name: photos}
    beside = run(converted, {**given, **weights})
    small = converted.ByteSize()
    add_constants(converted.graph, weights)
    assert len(converted.graph.input) == 1
    # One of the two is as exact in half precision.
    assert converted.ByteSize() - small == pytest.approx(120 * 120 * (4 + 2), rel=0.02)
    onnx.checker.check_model(converted)
    assert run(converted, given) == pytest.approx(beside, abs=1e-6)
    shown = np.exp(beside) / np.exp(beside).sum(axis=1, keepdims=True)
    assert shown == pytest.approx(np.asarray(made(photos)), abs=1e-5)


def run(graph, given):
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    return session.run(None, given)[0]


def test_a_step_of_the_converter_that_fails_is_left_out(monkeypatch):
    from tf2onnx.optimizer.identity_optimizer import IdentityOptimizer

    from core.models.onnx.convert import convert

    graph = frozen(model())
    expected, _ = convert(graph)
    monkeypatch.setattr(IdentityOptimizer, "optimize", lambda *_: 1 / 0)
    converted, weights = convert(graph)
    assert len(converted.graph.node) >= len(expected.graph.node)
    assert len(weights) == 2
