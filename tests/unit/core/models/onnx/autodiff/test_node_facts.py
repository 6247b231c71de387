"""What a node says of itself."""

from __future__ import annotations

import pytest
from onnx import helper

from core.models.onnx.autodiff.node_facts import attributes_of, window_of


def test_attributes_are_read_whatever_their_type():
    node = helper.make_node("Conv", ["x"], ["y"], group=2, pads=[1, 2], auto_pad="VALID")
    assert attributes_of(node) == {"group": 2, "pads": [1, 2], "auto_pad": b"VALID"}


@pytest.mark.parametrize(
    ("said", "pads", "rest"),
    [
        ({"pads": [1, 0]}, [1, 0], 0),
        ({"pads": [1, 1]}, [1, 1], 1),
        ({"auto_pad": "VALID"}, [0, 0], -1),
        ({"auto_pad": "SAME_LOWER"}, [1, 0], 0),
    ],
)
def test_pads_are_explicit_and_what_no_window_reaches_is_told(said, pads, rest):
    node = helper.make_node("Conv", ["x", "w"], ["y"], strides=[2], **said)
    window = window_of(node, [3], [6], [3])
    assert (window["pads"], window["output_padding"], window["strides"]) == (pads, [rest], [2])
