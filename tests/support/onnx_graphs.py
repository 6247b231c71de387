"""Small ONNX graphs from photos through a layer to two logits."""

from __future__ import annotations

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

SHAPE = (2, 3, 6, 5)  # photos, channels, rows, columns
RNG = np.random.default_rng(0)


def weights(*shape):
    return RNG.normal(0, 0.6, shape).astype(np.float32)


def node(op, inputs, output="y", **attributes):
    return helper.make_node(op, inputs, [output], **attributes)


def model(nodes, constants, opset=17):
    """photos [N, 6, 5, 3] -> x -> y -> two logits that mix all of y with random weights."""
    head = [
        helper.make_node("Transpose", ["photos"], ["x0"], perm=[0, 3, 1, 2]),
        helper.make_node("Identity", ["x0"], ["x"]),
    ]
    tail = [
        helper.make_node("Flatten", ["y"], ["flattened"]),
        helper.make_node("Gemm", ["flattened", "mix"], ["logits"], transB=1),
    ]
    whole = build([*head, *nodes], constants, ["y"], opset)
    probe = run(whole, np.zeros((2, 6, 5, 3), np.float32))
    shape = (2, int(np.prod(probe[0].shape[1:])))
    mix = np.random.default_rng(5).normal(0, 0.6, shape).astype(np.float32)
    return build([*head, *nodes, *tail], {**constants, "mix": mix}, ["logits"], opset)


def build(nodes, constants, outputs, opset=17):
    graph = helper.make_graph(
        nodes, "case",
        [helper.make_tensor_value_info("photos", TensorProto.FLOAT, [None, 6, 5, 3])],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def run(graph, photos, **given):
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    return session.run(None, {"photos": photos, **given})


def run_nodes(nodes, given, output):
    """What nodes give for named arrays."""
    graph = helper.make_graph(
        nodes, "nodes",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape)
         for name, array in given.items()],
        [helper.make_empty_tensor_value_info(output)],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(made.SerializeToString())
    wanted = {each.name for each in session.get_inputs()}
    return session.run([output], {name: each for name, each in given.items() if name in wanted})[0]
