"""The logits behind a classifier's output, and what turns them into probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from core.errors import ModelError
from core.models.tensorflow.constants import NO_WEIGHTS, Weights

_PASSES = ("Identity", "Cast", "Reshape", "Squeeze", "StopGradient")  # change no number
_PRODUCTS = ("MatMul", "BatchMatMulV2", "Conv2D")
_ENDS = (*_PRODUCTS, "BiasAdd", "Add", "AddV2", "Sub", "Mul", "RealDiv", "Mean")
_MEANS = ("Mean", "Add", "AddV2", "AddN", "Mul", "RealDiv", "Pack", "ConcatV2", "ExpandDims")
_TOTAL = 1e-3  # how far probabilities may be from adding up to 1, as half precision rounds
_LEAST = float(np.finfo(np.float32).tiny)  # whose logarithm is still a number


@dataclass(frozen=True)
class Head:
    """The end of a classifier.

    Attributes:
        logits: The tensor, float32 [N, C].
        kind: "softmax" if their softmax is the probabilities of the C classes; "sigmoid" if each
            class has a probability of its own. A single sigmoid is two classes with logits -z/2 and
            z/2, whose softmax is (1 - sigmoid(z), sigmoid(z)). "mixture" if the probabilities add
            up to 1 but come out of no one softmax, as a mean of several does: then the logits are
            their logarithms, whose softmax they are.
        assumptions: What had to be assumed.
    """

    logits: Any
    kind: str
    assumptions: tuple[str, ...] = ()


def read_head(photos: Any, output: Any, weights: Weights = NO_WEIGHTS) -> Head:
    """The head that gives a model's output.

    Args:
        photos: The input tensor of a graph of constants, [N, h, w, c].
        output: What the model gives.
        weights: Of the graph's placeholders.

    Raises:
        ModelError: If it is not the output of a classifier.
    """
    lengths = [None if length is None else int(length) for length in output.shape[1:]]
    if output.shape.rank is None or [n for n in lengths[:-1] if n != 1] or not lengths:
        raise ModelError(
            "model_shape",
            f"The model gives {output.shape} numbers a batch; a classifier gives [photos, "
            "classes]. A detector or a segmenter answers with places, which cannot be explained "
            "by a heatmap of one class.",
            reason=f"output {output.shape}",
        )
    at = _behind(output, _PASSES)
    kind = at.op.type
    if kind in ("Softmax", "LogSoftmax", "Sigmoid"):
        flat = _flat(at.op.inputs[0])
        if flat.shape[1] == 1:
            return Head(tf.concat([flat / -2, flat / 2], axis=1), "softmax")
        return Head(flat, "sigmoid" if kind == "Sigmoid" else "softmax")
    flat = _flat(at)
    if _ends_linear(at.op):
        assumed = ("its numbers are taken for logits: it ends without a softmax or sigmoid",)
        flat = tf.concat([flat / -2, flat / 2], axis=1) if flat.shape[1] == 1 else flat
        return Head(flat, "softmax", assumed)
    return _mixture(flat, kind, _sample(photos, flat, weights))


def _mixture(output: Any, kind: str, numbers: NDArray[np.float32]) -> Head:
    """The head of probabilities [N, C] that neither a softmax nor a sigmoid gives directly."""
    probable = bool(((numbers >= -_TOTAL) & (numbers <= 1 + _TOTAL)).all())
    sigmoids = probable and _sources(output) == {"Sigmoid"}
    assumed = "its probabilities are {0}: the {1} of each is explained"
    if output.shape[1] == 1 and sigmoids:
        both = tf.concat([1 - output, output], axis=1)
        return Head(
            _logarithm(both), "mixture", (assumed.format("a mean of sigmoids", "logarithm"),)
        )
    if output.shape[1] > 1 and probable and np.abs(numbers.sum(axis=1) - 1).max() <= _TOTAL:
        return Head(
            _logarithm(output), "mixture", (assumed.format("of no one softmax", "logarithm"),)
        )
    if sigmoids:
        odds = _logarithm(output) - _logarithm(1 - output)
        return Head(odds, "sigmoid", (assumed.format("means of sigmoids", "log odds"),))
    raise ModelError(
        "no_softmax",
        f"The model ends in {kind}, and gives neither probabilities (of a softmax or sigmoid, or "
        "a mean of these) nor the numbers of a dense layer, so it cannot be explained as a "
        "classifier. Give it a dense layer with a softmax.",
        got=kind,
    )


def _behind(tensor: Any, passes: tuple[str, ...]) -> Any:
    while tensor.op.type in passes:
        tensor = tensor.op.inputs[0]
    return tensor


def _flat(tensor: Any) -> Any:
    return (
        tensor if tensor.shape.rank == 2 else tf.reshape(tensor, [-1, int(tensor.shape[-1] or 0)])
    )


def _logarithm(probabilities: Any) -> Any:
    return tf.math.log(tf.maximum(probabilities, _LEAST))


def _sources(tensor: Any) -> set[str]:
    """The kinds of operation that a mean of several tensors is taken of; constants left out."""
    op = tensor.op
    if op.type in (*_PASSES, *_MEANS):
        return set().union(*(_sources(each) for each in op.inputs))
    return set() if op.type == "Const" else {op.type}


def _sample(photos: Any, output: Any, weights: Weights) -> NDArray[np.float32]:
    """What the model gives for noise, of small numbers and of those of grey levels."""
    shape = (4, *photos.shape[1:])
    noise = [np.random.default_rng(0).normal(scale, scale, shape) for scale in (0.5, 128)]
    with tf.compat.v1.Session(graph=photos.graph) as session:
        return np.concatenate([session.run(output, {photos: each, **weights}) for each in noise])


def _ends_linear(op: Any) -> bool:
    """Whether a dense layer, or a convolution that stands for one, gives the output."""
    while op.type in (*_ENDS, *_PASSES) and op.inputs:
        if op.type in _PRODUCTS:
            return True
        op = next((each.op for each in op.inputs if each.op.type != "Const"), op.inputs[0].op)
    return False
