"""Collects the backward nodes of an ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import helper, numpy_helper


class NoRuleError(Exception):
    """An operation without a differentiation rule."""


class Tape:
    """The backward nodes collected so far.

    Attributes:
        shapes: Of every tensor of the forward graph, for a batch of two.
        constants: Those that do not depend on the photos.
        nodes: The backward nodes, in the order they run.
        forward_nodes: Nodes that the forward pass must have besides its own.
    """

    def __init__(
        self, shapes: Mapping[str, tuple[int, ...]], constants: Mapping[str, NDArray[Any]]
    ) -> None:
        self.shapes, self.constants = shapes, constants
        self.nodes: list[Any] = []
        self.forward_nodes: list[Any] = []

    def add_node(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add a backward node; gives the name of its output."""
        name = f"backward/{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, value: object, kind: type = np.float32) -> str:
        """A constant."""
        name = f"backward/{len(self.nodes)}"
        tensor = numpy_helper.from_array(np.asarray(value, kind), name)
        self.nodes.append(helper.make_node("Constant", [], [name], name=name, value=tensor))
        return name

    def sum(self, parts: Sequence[str]) -> str:
        """The sum of the gradients that reach one tensor on several ways."""
        return self.add_node("Sum", parts)

    def reshape_like(self, grad: str, like: str) -> str:
        """A gradient with the dimensions of a forward tensor of as many numbers."""
        return self.add_node("Reshape", [grad, self.add_node("Shape", [like])])

    def expand_like(self, grad: str, like: str) -> str:
        """A gradient repeated to the dimensions of a forward tensor."""
        return self.add_node("Expand", [grad, self.add_node("Shape", [like])])

    def unbroadcast(self, grad: str, shape: tuple[int, ...], to: str) -> str:
        """The sum of a gradient of a broadcast tensor, in the tensor's own dimensions."""
        own = self.shapes[to]
        padded = (1,) * (len(shape) - len(own)) + own
        axes = [axis for axis, (a, b) in enumerate(zip(padded, shape, strict=True)) if a != b]
        if axes:
            grad = self.add_node("ReduceSum", [grad, self.constant(axes, np.int64)], keepdims=1)
        return self.reshape_like(grad, to) if len(own) != len(shape) else grad
