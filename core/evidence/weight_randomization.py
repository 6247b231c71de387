"""Weight randomization: the same network with its weights shuffled, as a sanity check of maps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.models.network import Network
from core.models.onnx.onnx_network import ACTIVATIONS, GRADIENTS, OnnxNetwork

if TYPE_CHECKING:
    from core.models.tensorflow.freeze import FrozenGraph


def randomize_weights(network: Network, seed: int = 0) -> Network:
    """The network with the values of each weight tensor shuffled.

    Adebayo et al. 2018, "Sanity Checks for Saliency Maps" (arXiv 1810.03292), the test by model
    parameter randomization: a map that looks the same when the weights are random shows the photo,
    its edges or its bright places, and not what this model learned. They draw new weights; a
    shuffle keeps the distribution that each weight has, so that a variance stays positive and a
    scale sane whatever the layer, and undoes the learning as well.

    It cannot show that a map is right, only that it is not of this model.

    Args:
        network: A compiled network, or one that TensorFlow runs.
        seed: Of the shuffle.
    """
    if isinstance(network, OnnxNetwork):
        return _randomize_compiled(network, seed)
    from core.models.tensorflow.tensorflow_network import TensorFlowNetwork

    if isinstance(network, TensorFlowNetwork):
        return TensorFlowNetwork(_randomize_frozen(network.frozen, np.random.default_rng(seed)))
    raise TypeError(f"The weights of a {type(network).__name__} are not known.")


def _randomize_compiled(network: OnnxNetwork, seed: int) -> OnnxNetwork:
    from onnx import numpy_helper

    model, rng = network.graph(), np.random.default_rng(seed)
    # The gradients that were stored are of the learned weights; without them they are computed.
    for parts in (model.graph.node, model.graph.initializer, model.graph.output):
        for each in [each for each in parts if _belongs_to_stored_maps(each)]:
            parts.remove(each)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype in (np.float16, np.float32):
            tensor.CopyFrom(numpy_helper.from_array(shuffle_values(values, rng), tensor.name))
    return OnnxNetwork(model.SerializeToString(), lambda: randomize_weights(network.fallback, seed))


def _belongs_to_stored_maps(part: Any) -> bool:
    """Whether a part of a compiled graph serves the stored maps alone."""
    sides = (ACTIVATIONS, GRADIENTS)
    outputs = getattr(part, "output", ())
    return part.name in (*sides, f"{GRADIENTS}_constant") or any(out in sides for out in outputs)


def _randomize_frozen(frozen: FrozenGraph, rng: np.random.Generator) -> FrozenGraph:
    import tensorflow as tf

    definition = type(frozen.graph_def)()
    definition.CopyFrom(frozen.graph_def)
    for node in definition.node:
        if node.op == "Const" and node.attr["dtype"].type == tf.float32.as_datatype_enum:
            values = tf.make_ndarray(node.attr["value"].tensor)
            fresh = tf.make_tensor_proto(shuffle_values(values, rng), shape=values.shape)
            node.attr["value"].tensor.CopyFrom(fresh)
    weights = {name: shuffle_values(values, rng) for name, values in frozen.weights.items()}
    return replace(frozen, graph_def=definition, weights=weights)


def shuffle_values(values: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """An array of the same values in random order."""
    return rng.permutation(values.ravel()).reshape(values.shape)
