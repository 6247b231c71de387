"""Collects the backward nodes of an ONNX graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
        sizes: Whole numbers that depend on how many photos there are, but not on what they show.
        nodes: The backward nodes, in the order they run.
        forward_nodes: Nodes that the forward pass must have besides its own.
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        constants: Mapping[str, NDArray[Any]],
        sizes: Mapping[str, NDArray[Any]] | None = None,
    ) -> None:
        self.shapes, self.constants, self.sizes = shapes, constants, sizes or {}
        self.nodes: list[Any] = []
        self.forward_nodes: list[Any] = []

    def add_node(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add a backward node; gives the name of its output."""
        name = f"backward/{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=name, **attributes))
        return name

    def add_forward_node(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add a node that runs once for all classes; it reads the forward pass alone."""
        name = f"besides/{len(self.forward_nodes)}"
        self.forward_nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def drop_unread(self) -> None:
        """Leave out the nodes whose numbers the last one does not need."""
        needed = set(self.nodes[-1].output)
        for nodes in (self.nodes, self.forward_nodes):
            kept = []
            for node in reversed(nodes):
                if needed.intersection(node.output):
                    needed.update(node.input)
                    kept.append(node)
            nodes[:] = kept[::-1]

    def constant(self, value: object, kind: type = np.float32, forward: bool = False) -> str:
        """A constant of the backward nodes, or of those besides the forward pass."""
        tensor = numpy_helper.from_array(np.asarray(value, kind))
        return (self.add_forward_node if forward else self.add_node)("Constant", [], value=tensor)

    def known(self, name: str) -> NDArray[Any]:
        """The numbers of a tensor that does not depend on the photos.

        Raises:
            NoRuleError: If it does.
        """
        if name not in self.constants:
            raise NoRuleError("a limit, an axis or a factor that depends on the photo")
        return self.constants[name]

    def known_sizes(self, name: str) -> NDArray[Any]:
        """The numbers of a tensor that does not depend on what the photos show.

        Raises:
            NoRuleError: If it does.
        """
        return self.sizes[name] if name in self.sizes else self.known(name)

    def sum(self, parts: Sequence[str]) -> str:
        """The sum of the gradients that reach one tensor on several ways."""
        return self.add_node("Sum", parts)

    def zeros_like(self, like: str) -> str:
        """The gradient of a tensor that nothing depends on."""
        return self.add_node("ConstantOfShape", [self.add_node("Shape", [like])])

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

    def along_axis(self, grad: str, matrix: NDArray[Any], axis: int, rank: int) -> str:
        """A gradient [..., n, ...] times a matrix [n, m] along one axis."""
        turned = [at for at in range(rank) if at != axis] + [axis]
        if axis != rank - 1:
            grad = self.add_node("Transpose", [grad], perm=turned)
        grad = self.add_node("MatMul", [grad, self.constant(matrix)])
        if axis != rank - 1:
            back = [int(at) for at in np.argsort(turned)]
            grad = self.add_node("Transpose", [grad], perm=back)
        return grad


Grads = list[tuple[int, str]]
"""Which inputs of a node get which gradient."""

Rule = Callable[[Tape, Any, str], Grads]
"""Turns the gradient of what a node gives first into those of what it takes."""
