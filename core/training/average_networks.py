"""Halfway between two networks of one kind: what one learned, and what the other knew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def average_networks(one: Path, other: Path, out: Path) -> None:
    """Write a network whose weights are halfway between those of two.

    Where one was trained on from the other, it keeps more of what the first could: Wortsman et al.
    2022, arXiv 2109.01903, section 2.

    Args:
        one: An `.onnx` that `export_segmenter` wrote.
        other: Another one, of the same layers.
        out: The `.onnx` to write, whole or not at all.

    Raises:
        ValueError: If they are not of the same layers.
    """
    import onnx
    from onnx import numpy_helper

    written, second = onnx.load(one), onnx.load(other)
    pairs = list(zip(_stored(written.graph), _stored(second.graph), strict=True))
    for own, its in pairs:
        values, others = numpy_helper.to_array(own), numpy_helper.to_array(its)
        if values.shape != others.shape or values.dtype != others.dtype:
            raise ValueError(f"{one} and {other} are not of the same layers.")
        if np.issubdtype(values.dtype, np.floating):
            mean = (values.astype(np.float32) + others.astype(np.float32)) / 2
            own.CopyFrom(numpy_helper.from_array(mean.astype(values.dtype), own.name))
    onnx.checker.check_model(written)
    whole = out.with_suffix(".new")
    whole.write_bytes(written.SerializeToString(deterministic=True))
    whole.replace(out)


def _stored(graph: Any) -> list[Any]:
    """The arrays of a graph in the order in which its output needs them: names are not the same."""
    arrays = {each.name: each for each in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    found: dict[str, Any] = {}
    waiting = [each.name for each in graph.output]
    seen = set(waiting)
    while waiting:
        name = waiting.pop()
        if name in arrays:
            found[name] = arrays[name]
        elif name in makers:
            # What a node computes before what it has stored: of a product, either may come first.
            inputs = sorted(makers[name].input, key=lambda each: each in arrays)
            waiting += [each for each in inputs if each not in seen]
            seen.update(inputs)
    return [*found.values()]
