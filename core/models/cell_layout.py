"""Where the cells of a grid lie on the photo that a model takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.models.network import Span

_SAME_PLACE = 0.5  # of a cell: how far apart tensors that are put together may lie


@dataclass(frozen=True)
class Axis:
    """The cells along one axis of a grid, in pixels of the photo as the model takes it.

    Attributes:
        first: The middle of the first cell.
        step: From one cell's middle to the next one's.
        cells: How many there are.
        reach: How far to each side of its middle a cell sees.
    """

    first: float
    step: float
    cells: int
    reach: float = 0.5

    @property
    def begin(self) -> float:
        """Where the first cell begins."""
        return self.first - self.step / 2

    def strided(self, stride: float, offset: float, cells: int, reach: float = 0) -> Axis:
        """Every `stride`-th cell, the first `offset` cells further on, each seeing `reach` more."""
        return Axis(
            self.first + offset * self.step, stride * self.step, cells,
            self.reach + reach * self.step,
        )  # fmt: skip

    def divided(self, cells: int) -> Axis:
        """The same stretch in more cells, or in fewer."""
        step = self.step * self.cells / cells
        return Axis(self.begin + step / 2, step, cells, self.reach + abs(self.step))


Layout = tuple[Axis, Axis]
"""Of a grid's rows and of its columns."""


def mean_layout(layouts: Sequence[Layout]) -> Layout | None:
    """The layout of tensors that are put together cell by cell; None if they lie apart.

    Example:
        >>> one, other = Axis(0.5, 1, 4), Axis(0.9, 1, 4)
        >>> mean_layout([(one, one), (other, one)])[0].first
        0.7
        >>> mean_layout([(one, one), (Axis(1.5, 1, 4), one)])
    """
    if not layouts or not all(_lies_alike(layouts[0], other) for other in layouts[1:]):
        return None
    return tuple(  # type: ignore[return-value]
        replace(
            axes[0],
            first=sum(axis.first for axis in axes) / len(axes),
            reach=max(axis.reach for axis in axes),
        )
        for axes in zip(*layouts, strict=True)
    )


def _lies_alike(one: Layout, other: Layout) -> bool:
    return all(
        a.cells == b.cells
        and abs(a.step - b.step) * a.cells <= _SAME_PLACE * a.step
        and abs(a.first - b.first) <= _SAME_PLACE * a.step + 1e-6
        for a, b in zip(one, other, strict=True)
    )


def spans(layout: Layout, sides: tuple[int, ...]) -> tuple[Span, Span] | None:
    """Where the cells lie, unless they fill the photo: each middle in its own equal part of it.

    Args:
        layout: Of the cells.
        sides: (height, width) of the photo in pixels.
    """
    if all(map(_fills, layout, sides)):
        return None
    rows, columns = (
        Span(
            axis.begin / side,
            (axis.begin + axis.cells * axis.step) / side,
            max(0.0, (axis.first - axis.reach) / side),
            min(1.0, (axis.first + (axis.cells - 1) * axis.step + axis.reach) / side),
        )
        for axis, side in zip(layout, sides, strict=True)
    )
    return rows, columns


def _fills(axis: Axis, side: int) -> bool:
    even = side / axis.cells
    last = axis.first + (axis.cells - 1) * axis.step
    return 0 <= axis.first <= even and side - even <= last <= side
