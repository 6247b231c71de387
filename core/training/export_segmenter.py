"""Export the segmenter to ONNX, its weights in half precision: a file that needs no TensorFlow."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

_OPSET = 17
_LARGE = 256  # numbers in an array that is worth storing smaller


def export_segmenter(model: Any, file: Path) -> None:
    """Write a network whole, or not at all.

    Args:
        model: As `segmenter_network.build_segmenter`. The file's input `photo` is float32
            [N, H, W, 3], 0 to 255; its output `maps` float32 [N, H/2, W/2, 3].
        file: The `.onnx` to write.
    """
    import onnx
    import tensorflow as tf
    from onnx import numpy_helper
    from tensorflow.python.framework import convert_to_constants
    from tf2onnx import optimizer, tfonnx

    from core.models.onnx.half_precision import add_half_constant

    shape = tf.TensorSpec((None, None, None, 3), tf.float32)
    concrete = tf.function(lambda photo: model(photo, training=False)).get_concrete_function(shape)
    frozen = convert_to_constants.convert_variables_to_constants_v2(concrete)
    with tf.Graph().as_default() as graph:
        tf.graph_util.import_graph_def(frozen.graph.as_graph_def(), name="")
        converted = tfonnx.process_tf_graph(
            graph,
            input_names=[frozen.inputs[0].name],
            output_names=[frozen.outputs[0].name],
            tensors_to_rename={frozen.inputs[0].name: "photo", frozen.outputs[0].name: "maps"},
            opset=_OPSET,
        )
    written = optimizer.optimize_graph(converted).make_model("rice-segmenter")
    resize_at_once(written.graph)
    for stored in list(written.graph.initializer):
        values = numpy_helper.to_array(stored)
        if values.dtype != np.float32 or values.size < _LARGE:
            continue
        written.graph.initializer.remove(stored)
        add_half_constant(written.graph, stored.name, values)
    onnx.checker.check_model(written)
    whole = file.with_suffix(".new")
    whole.write_bytes(written.SerializeToString(deterministic=True))
    whole.replace(file)


def resize_at_once(graph: Any) -> None:
    """Let one node double the size of what is joined, where the conversion writes a dozen.

    The same numbers, with less memory and time: a repeat by shapes, tiles and transposes is one
    `Resize` to the nearest.
    """
    from onnx import helper, numpy_helper

    twice = numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "twice")
    graph.initializer.append(twice)
    for joined in [node for node in graph.node if "/join" in node.name]:
        level = re.search(r"/join(\d)", joined.name)[1]  # type: ignore[index]
        (narrow,) = (node for node in graph.node if f"/narrow{level}" in node.name)
        (slot,) = (at for at, name in enumerate(joined.input) if f"side{level}" not in name)
        larger = helper.make_node(
            "Resize", [narrow.output[0], "", twice.name], [f"up{level}"], f"up{level}",
            mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric",
        )  # fmt: skip
        joined.input[slot] = larger.output[0]
        graph.node.insert([*graph.node].index(joined), larger)
    _drop_unused(graph)


def _drop_unused(graph: Any) -> None:
    used = {each.name for each in graph.output}
    for node in reversed([*graph.node]):
        if used.intersection(node.output):
            used.update(node.input)
        else:
            graph.node.remove(node)
    for stored in [*graph.initializer]:
        if stored.name not in used:
            graph.initializer.remove(stored)
