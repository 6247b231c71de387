"""The mean of two networks is halfway between them, whatever their files call their arrays."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.training.average_networks import average_networks


def _write(file, kernel, shift, name, swapped=False):
    stored = [
        numpy_helper.from_array(np.asarray(kernel, np.float16), f"{name}_kernel"),
        numpy_helper.from_array(np.asarray(shift, np.float32), f"{name}_shift"),
    ]
    shifted = [f"{name}_shift", "scaled"] if swapped else ["scaled", f"{name}_shift"]
    nodes = [
        helper.make_node("Cast", [f"{name}_kernel"], ["kernel"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["photo", "kernel"], ["scaled"]),
        helper.make_node("Add", shifted, ["maps"]),
    ]
    ends = [
        helper.make_tensor_value_info(each, TensorProto.FLOAT, [len(kernel)])
        for each in ("photo", "maps")
    ]
    graph = helper.make_graph(nodes, name, ends[:1], ends[1:], stored[::-1] if swapped else stored)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), file)


def test_each_weight_is_halfway(tmp_path):
    import onnxruntime

    one, other, out = tmp_path / "one.onnx", tmp_path / "other.onnx", tmp_path / "out.onnx"
    _write(one, [1, 2, 3], [0, 0, 8], "one")
    _write(other, [3, 2, 1], [4, 0, 0], "another", swapped=True)
    average_networks(one, other, out)
    session = onnxruntime.InferenceSession(out.read_bytes(), providers=["CPUExecutionProvider"])
    (said,) = session.run(None, {"photo": np.float32([1, 10, 100])})
    assert said.tolist() == [2 * 1 + 2, 2 * 10 + 0, 2 * 100 + 4]
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "one.onnx",
        "other.onnx",
        "out.onnx",
    ]


def test_networks_of_other_layers_have_no_mean(tmp_path):
    one, other = tmp_path / "one.onnx", tmp_path / "other.onnx"
    _write(one, [1, 2, 3], [0, 0, 8], "one")
    _write(other, [1, 2], [0, 0], "other")
    with pytest.raises(ValueError, match="same layers"):
        average_networks(one, other, one)
    assert numpy_helper.to_array(onnx.load(one).graph.initializer[0]).tolist() == [1, 2, 3]
