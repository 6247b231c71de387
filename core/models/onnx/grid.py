"""A grid in an ONNX graph, and a step from one tensor's grid to the next."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from core.models.cell_layout import Layout
from core.models.onnx.autodiff.backward import ForwardGraph
from core.models.onnx.autodiff.node_facts import attributes_of


@dataclass(frozen=True)
class Grid:
    """Which axes of a tensor are the photo's rows and columns.

    Attributes:
        shape: The tensor's own; of another that has its numbers in the same order where the two
            axes are not apart in its own.
        rows, columns: The axes in that shape.
        layout: Where the cells lie.
        before: Tokens of no cell that come before the others, where it is of tokens [N, T, K].
    """

    shape: tuple[int, ...]
    rows: int
    columns: int
    layout: Layout
    before: int = 0

    @property
    def cells(self) -> tuple[int, int]:
        """How many (rows, columns) there are."""
        return self.shape[self.rows], self.shape[self.columns]


@dataclass(frozen=True)
class Step:
    """A node of a graph, and what is known of what it takes.

    Attributes:
        node: Of the ONNX graph.
        forward: The graph.
        moving: The tensors that depend on what the photos show.
        grids: Those that are known by now, by their tensors.
    """

    node: Any
    forward: ForwardGraph
    moving: AbstractSet[str]
    grids: Mapping[str, Grid]

    def shape(self, name: str) -> tuple[int, ...]:
        """A tensor's shape, by its name."""
        return self.forward.tensors[name].shape

    @property
    def out(self) -> tuple[int, ...]:
        """The shape of what comes out first."""
        return self.shape(self.node.output[0])

    def apart(self, name: str) -> Grid | None:
        """The grid of a tensor whose own axes are its rows and columns."""
        grid = self.grids.get(name)
        return grid if grid and grid.shape == self.shape(name) else None

    @property
    def given(self) -> Grid | None:
        """The grid of what comes in first, if its own axes are the rows and columns."""
        return self.apart(self.node.input[0])

    def said(self, name: str, default: Any = None) -> Any:
        """One of the node's attributes."""
        return attributes_of(self.node).get(name, default)

    def numbers(self, index: int, name: str) -> list[int] | None:
        """What an input says, or in older forms an attribute; None where neither does."""
        if len(self.node.input) > index and self.node.input[index]:
            return [int(each) for each in self.forward.tensors[self.node.input[index]].ravel()]
        return self.said(name)
