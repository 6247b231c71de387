"""The same network with its learning undone, to see whether its maps had anything to do with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.models.network import Network
from core.models.onnx.onnx_network import ACTIVATIONS, GRADIENTS, OnnxNetwork

if TYPE_CHECKING:
    from core.models.tensorflow.freeze import FrozenGraph


def redrawn(network: Network, seed: int = 0) -> Network:
    """The network with the numbers of each weight in random order.

    Adebayo et al. 2018, "Sanity Checks for Saliency Maps" (arXiv 1810.03292), the test by model
    parameter randomization: a map that looks the same when the weights are random shows the photo,
    its edges or its bright places, and not what this model learned. They draw weights anew; a
    shuffle keeps the distribution that each weight has, so that a variance stays positive and a
    scale sane whatever the layer, and undoes the learning as well.

    It cannot show that a map is right, only that it is not of this model.

    Args:
        network: A compiled network, or one that TensorFlow runs.
        seed: Of the shuffle.
    """
    if isinstance(network, OnnxNetwork):
        return _compiled(network, seed)
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    if isinstance(network, TensorFlowNetwork):
        return TensorFlowNetwork(_frozen(network.frozen, np.random.default_rng(seed)))
    raise TypeError(f"The weights of a {type(network).__name__} are not known.")


def _compiled(network: OnnxNetwork, seed: int) -> OnnxNetwork:
    from onnx import numpy_helper

    model, rng = network.graph(), np.random.default_rng(seed)
    # The gradients that were stored are of the learned weights; without them they are computed.
    for kept in (model.graph.node, model.graph.initializer, model.graph.output):
        for each in [each for each in kept if _is_side(each)]:
            kept.remove(each)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype in (np.float16, np.float32):
            tensor.CopyFrom(numpy_helper.from_array(shuffled(values, rng), tensor.name))
    return OnnxNetwork(model.SerializeToString(), lambda: redrawn(network.fallback, seed))


def _is_side(part: Any) -> bool:
    """Whether a part of a compiled graph is there for the stored maps alone."""
    sides = (ACTIVATIONS, GRADIENTS)
    outputs = getattr(part, "output", ())
    return part.name in (*sides, f"{GRADIENTS}_constant") or any(out in sides for out in outputs)


def _frozen(frozen: FrozenGraph, rng: np.random.Generator) -> FrozenGraph:
    import tensorflow as tf

    definition = type(frozen.graph_def)()
    definition.CopyFrom(frozen.graph_def)
    for node in definition.node:
        if node.op == "Const" and node.attr["dtype"].type == tf.float32.as_datatype_enum:
            values = tf.make_ndarray(node.attr["value"].tensor)
            fresh = tf.make_tensor_proto(shuffled(values, rng), shape=values.shape)
            node.attr["value"].tensor.CopyFrom(fresh)
    return replace(frozen, graph_def=definition)


def shuffled(values: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """An array's numbers in random order, in the same shape."""
    return rng.permutation(values.ravel()).reshape(values.shape)
