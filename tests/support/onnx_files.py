"""Tiny ONNX classifiers as torch's exporters write them, and hostile files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE, CLASSES = 32, 4


class Writer:
    """Collects nodes and weights, which are drawn by the same seed every time."""

    def __init__(self) -> None:
        self.nodes, self.weights, self.rng = [], {}, np.random.default_rng(0)

    def __call__(self, op, *inputs, name="", **attributes):
        output = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(op, inputs, [output], name=name or f"/{output}", **attributes)
        )
        return output

    def weight(self, *shape, scale=0.4):
        return self.store(self.rng.normal(0, scale, shape).astype(np.float32))

    def store(self, values):
        name = f"weight_{len(self.weights)}"
        self.weights[name] = np.asarray(values)
        return name

    def conv(self, x, out, given, side=3, group=1, **attributes):
        kernel = self.weight(out, given // group, side, side)
        pads = [side // 2] * 4
        return self("Conv", x, kernel, self.weight(out), pads=pads, group=group, **attributes)

    def head(self, x, channels):
        pooled = self("Flatten", self("GlobalAveragePool", x, name="/pool"))
        return self("Gemm", pooled, self.weight(CLASSES, channels), self.weight(CLASSES), transB=1)


def resnet(write):
    """A residual block and a maximum pooling."""
    stem = write("Relu", write.conv("input", 8, 3, strides=[2, 2]))
    stem = write("MaxPool", stem, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    body = write.conv(write("Relu", write.conv(stem, 8, 8)), 8, 8)
    return write.head(write("Relu", write("Add", body, stem), name="/block/Relu"), 8)


def resnext(write):
    """Convolutions in groups, whose batch norm was not folded."""
    stem = write("Relu", write.conv("input", 8, 3, strides=[2, 2]))
    body = write.conv(stem, 8, 8, group=4)
    norm = [write.weight(8), write.weight(8), write.weight(8), write.store(np.ones(8, "f4"))]
    return write.head(write("Relu", write("BatchNormalization", body, *norm)), 8)


def mobilenet(write):
    """A depthwise convolution with squeeze-and-excitation, and a head that is not linear."""
    x = write("HardSwish", write.conv("input", 8, 3, strides=[2, 2]))
    x = write("HardSwish", write.conv(x, 8, 8, group=8))
    gate = write("ReduceMean", x, axes=[2, 3])
    gate = write("HardSigmoid", write.conv(gate, 8, 8, side=1), alpha=1 / 6)
    x = write("HardSwish", write.conv(write("Mul", x, gate), 12, 8, side=1), name="/last")
    hidden = write("Flatten", write("GlobalAveragePool", x))
    hidden = write("HardSwish", write("Gemm", hidden, write.weight(6, 12), transB=1))
    return write("Gemm", hidden, write.weight(CLASSES, 6), transB=1)


def convnext(write):
    """A block that turns the channels to the end, and a norm behind the pooling."""
    x = write.conv("input", 8, 3, side=5, strides=[4, 4])
    body = write("Transpose", write.conv(x, 8, 8, side=7, group=8), perm=[0, 2, 3, 1])
    body = write("LayerNormalization", body, write.weight(8), write.weight(8), axis=-1)
    body = write("MatMul", body, write.weight(8, 16))
    erf = write("Erf", write("Mul", body, write.store(np.float32(np.sqrt(0.5)))))
    half = write("Mul", body, write.store(np.float32(0.5)))
    body = write("Mul", half, write("Add", erf, write.store(np.float32(1))))
    body = write("Transpose", write("MatMul", body, write.weight(16, 8)), perm=[0, 3, 1, 2])
    pooled = write("Flatten", write("GlobalAveragePool", write("Add", x, body, name="/block/Add")))
    pooled = write("LayerNormalization", pooled, write.weight(8), write.weight(8), axis=-1)
    return write("Gemm", pooled, write.weight(CLASSES, 8), transB=1)


FAMILIES = {each.__name__: each for each in (resnet, resnext, mobilenet, convnext)}


def classifier(
    family=resnet, opset=17, batch="N", channels_last=False, half=False, end="", side=SIDE
):
    """A model of a family, as an `onnx.ModelProto`."""
    write = Writer()
    if channels_last:
        write.nodes.append(helper.make_node("Transpose", ["photo"], ["input"], perm=[0, 3, 1, 2]))
    output = family(write)
    if end:
        output = write(end, output)
    kind = TensorProto.FLOAT16 if half else TensorProto.FLOAT
    shape = [batch, side, side, 3] if channels_last else [batch, 3, side, side]
    weights = {
        name: values.astype(np.float16) if half and values.dtype == np.float32 else values
        for name, values in write.weights.items()
    }
    graph = helper.make_graph(
        write.nodes,
        "main_graph",
        [helper.make_tensor_value_info("photo" if channels_last else "input", kind, shape)],
        [helper.make_tensor_value_info(output, kind, [batch, CLASSES])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    imports = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=imports, ir_version=8)


def saved(folder: Path, model=None, name="model.onnx", **options) -> Path:
    """A model's file."""
    path = folder / name
    onnx.save(model or classifier(**options), path)
    return path
