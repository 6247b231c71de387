"""Where the cells of a graph's grids lie on the photo, as far as the operations prove it.

A convolution, a pooling, a crop or an enlargement moves cells by a known law, and what is done to
every cell alike moves none. Behind anything else, such as a reshape or a product of matrices, axes
may stand for anything: `grid_probe` finds out by trying.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import tensorflow as tf

from core.models.cell_layout import Axis, Layout, mean_layout

_ALIKE = (  # does the same to every cell
    "Identity", "Cast", "StopGradient", "PreventGradient", "CheckNumerics", "Neg", "Abs", "Square",
    "Sqrt", "Rsqrt", "Reciprocal", "Inv", "Exp", "Expm1", "Log", "Log1p", "Erf", "Erfc", "Sigmoid",
    "Tanh", "Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Softplus", "Softsign", "Softmax",
    "LogSoftmax", "BiasAdd", "FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", "LRN",
    "Round", "Floor", "Ceil", "Sin", "Cos", "Sign", "IsNan", "ClipByValue",
)  # fmt: skip
_TOGETHER = (  # puts the same cells of several tensors together
    "Add", "AddV2", "AddN", "Sub", "Mul", "RealDiv", "Div", "DivNoNan", "Maximum", "Minimum", "Pow",
    "SquaredDifference", "Select", "SelectV2", "Greater", "GreaterEqual", "Less", "LessEqual",
    "Equal", "NotEqual", "LogicalAnd", "LogicalOr", "ConcatV2",
)  # fmt: skip
_CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")
_OVER_CHANNELS = ("Mean", "Max", "Sum", "Min")


def layout_of_photos(photos: Any) -> Layout:
    """The layout of an input tensor [N, h, w, c]: its pixels."""
    rows, columns = photos.shape[1:3]
    return Axis(0.5, 1, rows), Axis(0.5, 1, columns)


def prove_layouts(
    operations: Sequence[Any], moving: set[Any], known: Mapping[Any, Layout]
) -> dict[Any, Layout]:
    """The layout of every tensor whose operations prove it.

    Args:
        operations: A graph's, from the input on.
        moving: Those of them that depend on the photos.
        known: Layouts of the first output of some operations: the input, at least.

    Returns:
        Those and what follows from them.
    """
    proven = dict(known)
    for op in operations:
        if op in proven or op not in moving or not op.outputs:
            continue
        shape = op.outputs[0].shape
        if shape.rank != 4 or None in shape.as_list()[1:3]:
            continue
        if op.type in _ALIKE or op.type in _TOGETHER:
            layout = _put_together(op, proven, moving)
        elif op.inputs and (given := proven.get(_carrier(op).op)) and op.type in _LAWS:
            layout = _LAWS[op.type](op, given)
        else:
            layout = None
        if layout and tuple(axis.cells for axis in layout) == tuple(shape[1:3]):
            proven[op] = layout
    return proven


def _carrier(op: Any) -> Any:
    """The tensor whose cells an operation moves."""
    if op.type == "BatchToSpaceND" and op.inputs[0].op.type in _CONVOLUTIONS:
        before = op.inputs[0].op.inputs[0].op
        return before.inputs[0] if before.type == "SpaceToBatchND" else op.inputs[0]
    return op.inputs[2 if op.type == "Conv2DBackpropInput" else 0]


def _put_together(op: Any, proven: Mapping[Any, Layout], moving: set[Any]) -> Layout | None:
    """The layout that all inputs share; what is the same in every cell may have any."""
    if op.type == "ConcatV2" and tf.get_static_value(op.inputs[-1]) not in (3, -1):
        return None
    if op.type in ("Softmax", "LogSoftmax") and op.inputs[0].shape.rank != 4:
        return None
    if op.type in ("BiasAdd", "FusedBatchNormV3") and op.get_attr("data_format") != b"NHWC":
        return None
    found: list[Layout] = []
    for tensor in op.inputs:
        if tensor.op not in moving or _is_same_everywhere(tensor):
            continue
        if tensor.op not in proven or tensor is not tensor.op.outputs[0]:
            return None
        found.append(proven[tensor.op])
    return mean_layout(found)


def _is_same_everywhere(tensor: Any) -> bool:
    shape = tensor.shape
    return shape.rank == 0 or (shape.rank == 4 and tuple(shape[1:3]) == (1, 1))


Law = Callable[[Any, Layout], Layout | None]


def _windowed(op: Any, given: Layout) -> Layout | None:
    """A convolution or a pooling."""
    if op.get_attr("data_format") != b"NHWC":
        return None
    if "Pool" in op.type:
        kernel, dilations = op.get_attr("ksize")[1:3], [1, 1]
    else:
        kernel, dilations = op.inputs[1].shape[:2], op.get_attr("dilations")[1:3]
    padding, explicit = op.get_attr("padding"), [0] * 8
    if padding == b"EXPLICIT":
        explicit = op.get_attr("explicit_paddings")
    axes = []
    for number, axis in enumerate(given):
        stride = op.get_attr("strides")[1 + number]
        over = dilations[number] * (kernel[number] - 1)  # cells that the window takes in besides
        cells = int(op.outputs[0].shape[1 + number])
        before = explicit[2 + 2 * number]
        if padding == b"SAME":
            before = max(0, (cells - 1) * stride + over + 1 - axis.cells) // 2
        axes.append(axis.strided(stride, over / 2 - before, cells, over / 2))
    return axes[0], axes[1]


def _dilated(op: Any, given: Layout) -> Layout | None:
    """A dilated convolution as TensorFlow writes it: on every n-th cell, taken as more photos."""
    convolution = op.inputs[0].op
    apart, margins = (tf.get_static_value(each) for each in convolution.inputs[0].op.inputs[1:])
    crops = tf.get_static_value(op.inputs[2])
    plain = convolution.get_attr("strides") == [1] * 4
    if not plain or convolution.get_attr("padding") != b"VALID" or margins is None or crops is None:
        return None
    rows, columns = (
        axis.strided(
            1, int(apart[n]) * (kernel - 1) / 2 - int(margins[n][0]) + int(crops[n][0]),
            int(op.outputs[0].shape[1 + n]), int(apart[n]) * (kernel - 1) / 2,
        )
        for n, (axis, kernel) in enumerate(zip(given, convolution.inputs[1].shape[:2], strict=True))
    )  # fmt: skip
    return rows, columns


def _transposed(op: Any, given: Layout) -> Layout | None:
    """A transposed convolution: a convolution turned round."""
    if op.get_attr("data_format") != b"NHWC" or op.get_attr("dilations")[1:3] != [1, 1]:
        return None
    kernel, padding = op.inputs[1].shape[:2], op.get_attr("padding")
    if padding == b"EXPLICIT":
        return None
    axes = []
    for number, axis in enumerate(given):
        stride, over = op.get_attr("strides")[1 + number], kernel[number] - 1
        cells, before = int(op.outputs[0].shape[1 + number]), 0
        if padding == b"SAME":
            before = max(0, (axis.cells - 1) * stride + over + 1 - cells) // 2
        axes.append(
            axis.strided(1 / stride, -(over / 2 - before) / stride, cells, over / 2 / stride)
        )
    return axes[0], axes[1]


def _shifted(op: Any, given: Layout) -> Layout | None:
    """A padding or a crop."""
    begin, cells = tf.get_static_value(op.inputs[1]), op.outputs[0].shape[1:3]
    if begin is None:
        return None
    if op.type != "Slice":
        begin = -begin[:, 0]  # of the margins before and after
    rows, columns = (
        axis.strided(1, int(begin[1 + number]), cells[number]) for number, axis in enumerate(given)
    )
    return rows, columns


def _sliced(op: Any, given: Layout) -> Layout | None:
    """A crop, or every second cell; what turns an axis round is not proven."""
    begin, _, strides = (tf.get_static_value(each) for each in op.inputs[1:4])
    masks = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    if begin is None or strides is None or any(map(op.get_attr, masks)) or len(begin) < 3:
        return None
    axes = []
    for number, axis in enumerate(given, 1):
        start = 0 if op.get_attr("begin_mask") >> number & 1 else int(begin[number]) % axis.cells
        if strides[number] < 1:
            return None
        cells = int(op.outputs[0].shape[number])
        axes.append(axis.strided(int(strides[number]), start, cells))
    return axes[0], axes[1]


def _resized(op: Any, given: Layout) -> Layout | None:
    if op.get_attr("align_corners") or not op.get_attr("half_pixel_centers"):
        return None
    rows, columns = op.outputs[0].shape[1:3]
    return given[0].divided(rows), given[1].divided(columns)


def _rearranged(op: Any, given: Layout) -> Layout | None:
    """Blocks of cells become channels, or channels become blocks of cells."""
    if op.get_attr("data_format") != b"NHWC":
        return None
    rows, columns = op.outputs[0].shape[1:3]
    return given[0].divided(rows), given[1].divided(columns)


def _patches(op: Any, given: Layout) -> Layout | None:
    axes = []
    for number, axis in enumerate(given, 1):
        stride, size = op.get_attr("strides")[number], op.get_attr("ksizes")[number]
        if op.get_attr("rates")[number] != 1:
            return None
        cells = int(op.outputs[0].shape[number])
        before = 0
        if op.get_attr("padding") == b"SAME":
            before = max(0, (cells - 1) * stride + size - axis.cells) // 2
        axes.append(axis.strided(stride, (size - 1) / 2 - before, cells, (size - 1) / 2))
    return axes[0], axes[1]


def _reduced(op: Any, given: Layout) -> Layout | None:
    axes = tf.get_static_value(op.inputs[1])
    kept = op.get_attr("keep_dims")
    over_channels = axes is not None and all(int(each) % 4 == 3 for each in np.ravel(axes))
    return given if kept and over_channels else None


def _multiplied(op: Any, given: Layout) -> Layout | None:
    """The channels of every cell times one matrix, as in a dense layer."""
    return None if op.get_attr("adj_x") or op.inputs[1].shape.rank != 2 else given


_LAWS: Mapping[str, Law] = MappingProxyType(
    {
        **dict.fromkeys((*_CONVOLUTIONS, "MaxPool", "AvgPool"), _windowed),
        **dict.fromkeys(("Pad", "PadV2", "MirrorPad", "Slice"), _shifted),
        **dict.fromkeys(("ResizeBilinear", "ResizeNearestNeighbor"), _resized),
        **dict.fromkeys(("SpaceToDepth", "DepthToSpace"), _rearranged),
        **dict.fromkeys(_OVER_CHANNELS, _reduced),
        "BatchMatMulV2": _multiplied,
        "BatchToSpaceND": _dilated,
        "IdentityN": lambda _, given: given,  # of a gradient of its own, as Keras' swish has
        "Conv2DBackpropInput": _transposed,
        "StridedSlice": _sliced,
        "ExtractImagePatches": _patches,
    }
)
