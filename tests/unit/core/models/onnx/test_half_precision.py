"""Numbers stored in half the bytes come out of the graph as float16 holds them."""

from __future__ import annotations

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from core.models.onnx.half_precision import add_half_constant


def test_a_graph_multiplies_with_what_was_stored_in_half_precision():
    values = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32).T
    product = helper.make_node("MatMul", ["kernel", "x"], ["y"])
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", [5, 3]), ("y", [4, 3]))
    )
    graph = helper.make_graph([product], "graph", [x], [y])
    add_half_constant(graph, "kernel", values)
    assert sum(len(each.raw_data) for each in graph.initializer) == 2 * values.size
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    given = np.eye(5, 3, dtype=np.float32)
    (result,) = session.run(["y"], {"x": given})
    np.testing.assert_array_equal(result, np.float32(np.float16(values)) @ given)
