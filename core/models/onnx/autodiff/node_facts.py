"""What an ONNX node says of itself: its attributes, and the windows that it moves over a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onnx import helper


def attributes_of(node: Any) -> dict[str, Any]:
    """A node's attributes by name.

    Example:
        >>> attributes_of(helper.make_node("Elu", ["x"], ["y"], alpha=0.5))
        {'alpha': 0.5}
    """
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def window_of(
    node: Any, kernel: Sequence[int], lengths: Sequence[int], outputs: Sequence[int]
) -> dict[str, Any]:
    """Strides, dilations and explicit pads of a convolution or a pooling.

    Args:
        node: The node.
        kernel: Cells of the window along each axis.
        lengths: Cells of what it takes.
        outputs: Cells of what it gives.

    Returns:
        As attributes of a `ConvTranspose` that leads back; `output_padding` is negative where the
        last window reaches past the padding.

    Example:
        >>> conv = helper.make_node("Conv", ["x", "w"], ["y"], strides=[2], auto_pad="SAME_UPPER")
        >>> window_of(conv, [3], [6], [3])["pads"]
        [0, 1]
    """
    said, cells = attributes_of(node), len(kernel)
    strides, dilations = (said.get(name, [1] * cells) for name in ("strides", "dilations"))
    reach = [d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True)]
    needed = [
        max(0, (out - 1) * stride + each - length)
        for out, stride, each, length in zip(outputs, strides, reach, lengths, strict=True)
    ]
    mode = said.get("auto_pad", b"NOTSET")
    if mode == b"NOTSET":
        pads = list(said.get("pads", [0] * 2 * cells))
    elif mode == b"VALID":
        pads = [0] * 2 * cells
    else:
        less = [each // 2 for each in needed]
        more = [each - part for each, part in zip(needed, less, strict=True)]
        pads = less + more if mode == b"SAME_UPPER" else more + less
    rest = [
        length - ((out - 1) * stride + each - pads[i] - pads[i + cells])
        for i, (length, out, stride, each) in enumerate(
            zip(lengths, outputs, strides, reach, strict=True)
        )
    ]
    return {"strides": strides, "dilations": dilations, "pads": pads, "output_padding": rest}
