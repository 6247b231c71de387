"""How each ONNX operation moves the cells of a grid: a law for each that has one.

A convolution, a pooling, a crop or an enlargement moves cells by a known law, and what is done to
every cell alike moves none. Axes are followed through transposes and reshapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from types import MappingProxyType

from core.models.cell_layout import mean_layout
from core.models.onnx.autodiff.node_facts import attributes_of, window_of
from core.models.onnx.grid import Grid, Step

_ALIKE = (  # does the same to every cell, or shares no more between them than a mean
    "Identity", "Cast", "Dropout", "Neg", "Abs", "Sqrt", "Reciprocal", "Exp", "Log", "Erf", "Sin",
    "Cos", "Sign", "Round", "Floor", "Ceil", "Sigmoid", "HardSigmoid", "HardSwish", "Gelu", "Mish",
    "Swish", "Tanh", "Relu", "LeakyRelu", "ThresholdedRelu", "Elu", "Selu", "Celu", "Softplus",
    "Softsign", "Clip", "Shrink", "BatchNormalization", "InstanceNormalization",
    "GroupNormalization", "LayerNormalization", "RMSNormalization", "LRN", "LpNormalization",
    "MeanVarianceNormalization", "Not", "IsNaN", "IsInf", "QuantizeLinear", "DequantizeLinear",
)  # fmt: skip
_TOGETHER = (  # puts the same cells of several tensors together
    "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean", "Where", "PRelu", "Greater",
    "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "And", "Or", "Xor", "Mod",
)  # fmt: skip
_RESHAPES = ("Reshape", "Flatten", "Squeeze", "Unsqueeze")
_REDUCTIONS = (
    "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceProd",
    "ReduceSumSquare", "ReduceLogSumExp", "ReduceLogSum",
)  # fmt: skip

Law = Callable[[Step], Grid | None]


def _alike(step: Step) -> Grid | None:
    return step.grids.get(step.node.input[0])


def _over_channels(step: Step) -> Grid | None:
    """A softmax, which must not run along rows or columns."""
    grid = step.given
    axis = step.said("axis", -1) % len(step.out)
    return None if not grid or axis in (grid.rows, grid.columns) else grid


def _together(step: Step) -> Grid | None:
    out = step.out
    own: list[Grid] = []
    for name in step.node.input:
        if name not in step.moving:
            continue
        missing = len(out) - len(step.shape(name))
        grid = step.apart(name)
        if grid:
            own.append(
                replace(grid, shape=out, rows=grid.rows + missing, columns=grid.columns + missing)
            )
    if not own or any((each.rows, each.columns) != (own[0].rows, own[0].columns) for each in own):
        return None
    for name in step.node.input:  # the rest has to be the same in every cell
        if name in step.moving and not step.apart(name):
            shape = (1,) * (len(out) - len(step.shape(name))) + step.shape(name)
            if shape[own[0].rows] * shape[own[0].columns] > 1:
                return None
    layout = mean_layout([each.layout for each in own])
    return layout and replace(own[0], layout=layout)


def _concatenated(step: Step) -> Grid | None:
    found = _together(step) if all(step.apart(n) for n in step.node.input) else None
    return found if found and step.said("axis") % len(step.out) not in _axes(found) else None


def _axes(grid: Grid) -> tuple[int, int]:
    return grid.rows, grid.columns


def _windowed(step: Step) -> Grid | None:
    """A convolution or a pooling."""
    grid, node = step.given, step.node
    if not grid or _axes(grid) != (2, 3) or len(grid.shape) != 4:
        return None
    kernel = step.said("kernel_shape") or step.shape(node.input[1])[2:]
    window = window_of(node, kernel, grid.shape[2:], step.out[2:])
    rows, columns = (
        axis.strided(
            window["strides"][n],
            window["dilations"][n] * (kernel[n] - 1) / 2 - window["pads"][n],
            step.out[2 + n],
            window["dilations"][n] * (kernel[n] - 1) / 2,
        )
        for n, axis in enumerate(grid.layout)
    )
    return Grid(step.out, 2, 3, (rows, columns))


def _transposed_convolution(step: Step) -> Grid | None:
    """A convolution turned round."""
    grid, said = step.given, attributes_of(step.node)
    plain = said.get("auto_pad", b"NOTSET") == b"NOTSET" and "output_shape" not in said
    if not grid or _axes(grid) != (2, 3) or len(grid.shape) != 4 or not plain:
        return None
    kernel, pads = step.shape(step.node.input[1])[2:], said.get("pads", [0] * 4)
    strides, dilations = (said.get(name, [1, 1]) for name in ("strides", "dilations"))
    axes = []
    for n, axis in enumerate(grid.layout):
        over = dilations[n] * (kernel[n] - 1) / 2
        shift = -(over - pads[n]) / strides[n]
        axes.append(axis.strided(1 / strides[n], shift, step.out[2 + n], over / strides[n]))
    return Grid(step.out, 2, 3, (axes[0], axes[1]))


def _moved(step: Step, begins: Mapping[int, int], strides: Mapping[int, int]) -> Grid | None:
    """A grid whose axes begin with another cell, or leave cells out."""
    grid = step.given
    if not grid:
        return None
    rows, columns = (
        axis.strided(strides.get(at, 1), begins.get(at, 0), step.out[at])
        for at, axis in zip(_axes(grid), grid.layout, strict=True)
    )
    return replace(grid, shape=step.out, layout=(rows, columns))


def _padded(step: Step) -> Grid | None:
    pads, rank = step.numbers(1, "pads"), len(step.out)
    axes = step.numbers(3, "axes") or list(range(rank))
    if pads is None or step.said("mode", b"constant") == b"wrap":
        return None
    return _moved(step, {at % rank: -pads[n] for n, at in enumerate(axes)}, {})


def _sliced(step: Step) -> Grid | None:
    """A crop, or every second cell; what turns an axis round is not proven."""
    shape = step.shape(step.node.input[0])
    starts = step.numbers(1, "starts") or []
    axes = [each % len(shape) for each in step.numbers(3, "axes") or range(len(starts))]
    strides = step.numbers(4, "steps") or [1] * len(starts)
    if min(strides, default=1) < 1:
        return None
    begins = {
        at: max(0, start + shape[at]) if start < 0 else min(start, shape[at])
        for at, start in zip(axes, starts, strict=True)
    }
    return _moved(step, begins, dict(zip(axes, strides, strict=True)))


def _divided(step: Step) -> Grid | None:
    """The same stretch in more cells or in fewer."""
    grid = step.given
    if not grid:
        return None
    rows, columns = (
        axis.divided(step.out[at]) for at, axis in zip(_axes(grid), grid.layout, strict=True)
    )
    return replace(grid, shape=step.out, layout=(rows, columns))


def _resized(step: Step) -> Grid | None:
    mode = step.said("coordinate_transformation_mode", b"half_pixel")
    nearest = step.said("mode", b"nearest") == b"nearest"
    even = mode in (b"half_pixel", b"pytorch_half_pixel", b"half_pixel_symmetric")
    return _divided(step) if even or (nearest and mode == b"asymmetric") else None


def _rearranged(step: Step) -> Grid | None:
    """Blocks of cells become channels, or channels become blocks of cells."""
    grid = step.given
    return _divided(step) if grid and _axes(grid) == (2, 3) else None


def _kept(step: Step) -> Grid | None:
    """What works along other axes than rows and columns."""
    grid = step.given
    if not grid or len(step.out) != len(grid.shape):
        return None
    along = step.said("axis", 0) % len(step.out)
    same = all(step.out[at] == grid.shape[at] for at in _axes(grid))
    return replace(grid, shape=step.out) if same and along not in _axes(grid) else None


def _reduced(step: Step) -> Grid | None:
    grid, axes = step.given, step.numbers(1, "axes")
    if not grid or axes is None:
        return None
    gone = {axis % len(grid.shape) for axis in axes}
    if gone & {grid.rows, grid.columns}:
        return None
    if step.said("keepdims", 1):
        return replace(grid, shape=step.out)
    rows, columns = (at - sum(axis < at for axis in gone) for at in _axes(grid))
    return Grid(step.out, rows, columns, grid.layout)


def _multiplied(step: Step) -> Grid | None:
    """The channels of every cell times one matrix, as in a dense layer."""
    grid, (_, factor) = step.given, step.node.input
    last = len(step.out) - 1
    if not grid or factor in step.moving or len(step.shape(factor)) != 2 or last in _axes(grid):
        return None
    return replace(grid, shape=step.out)


def _turned(step: Step) -> Grid | None:
    grid = step.given
    if not grid:
        return None
    order = step.said("perm") or list(range(len(grid.shape)))[::-1]
    return Grid(step.out, order.index(grid.rows), order.index(grid.columns), grid.layout)


def _reshaped(step: Step) -> Grid | None:
    """The same numbers in the same order: an axis is found again by what lies before it."""
    grid = step.grids.get(step.node.input[0])
    if not grid:
        return None
    places = []
    for axis in _axes(grid):
        before, length = prod(grid.shape[:axis]), grid.shape[axis]
        found = [
            at
            for at, other in enumerate(step.out)
            if other == length and prod(step.out[:at]) == before and at not in places and at
        ]
        if not found:
            return grid
        places.append(found[-1] if length > 1 else found[0])
    return Grid(step.out, places[0], places[1], grid.layout)


LAWS: Mapping[str, Law] = MappingProxyType(
    {
        **dict.fromkeys(_ALIKE, _alike),
        **dict.fromkeys(_TOGETHER, _together),
        **dict.fromkeys(_RESHAPES, _reshaped),
        **dict.fromkeys(_REDUCTIONS, _reduced),
        **dict.fromkeys(("Softmax", "LogSoftmax", "Hardmax"), _over_channels),
        **dict.fromkeys(("Conv", "MaxPool", "AveragePool", "LpPool"), _windowed),
        **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), _rearranged),
        **dict.fromkeys(("Split", "Gather", "Tile", "Expand"), _kept),
        "Concat": _concatenated,
        "ConvTranspose": _transposed_convolution,
        "MatMul": _multiplied,
        "Pad": _padded,
        "Resize": _resized,
        "Slice": _sliced,
        "Transpose": _turned,
    }
)
"""Operation to the law by which it moves a grid; None where that proves nothing."""
