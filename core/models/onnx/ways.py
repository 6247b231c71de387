"""The ways through an ONNX graph from the photos to the logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.models.onnx.autodiff.backward import ForwardGraph

_WEIGHTED = ("Conv", "ConvTranspose", "MatMul", "Gemm", "Einsum")
_WHOLE = ("Shape", "Size", "ArgMax", "ArgMin")  # nothing of what they give leads back


def nodes_on_the_way(forward: ForwardGraph, logits: str) -> list[Any]:
    """The nodes between photos and logits that depend on what the photos show."""
    shown = {forward.input}
    for node in forward.model.graph.node:
        if shown.intersection(node.input) and node.op_type not in _WHOLE:
            shown.update(name for name in node.output if name)
    needed, found = {logits}, []
    for node in reversed(forward.model.graph.node):
        if needed.intersection(node.output) and shown.intersection(node.output):
            needed.update(node.input)
            found.append(node)
    return found[::-1]


def passed_by_all(nodes: Sequence[Any], photos: str) -> set[str]:
    """What all ways from the photo to the logits lead through, behind the first weights."""
    number = {name: index for index, node in enumerate(nodes) for name in node.output}
    ends = list(range(len(nodes)))  # the last one that each leads to directly
    for index, node in enumerate(nodes):
        for name in node.input:
            if name in number:
                ends[number[name]] = index
    beside = max((n for n, node in enumerate(nodes) if photos in node.input), default=0)
    passed: set[str] = set()
    furthest, learned = beside, False
    for index, node in enumerate(nodes):
        learned |= node.op_type in _WEIGHTED
        if learned and furthest <= index:
            passed.add(node.output[0])
        furthest = max(furthest, ends[index])
    return passed
