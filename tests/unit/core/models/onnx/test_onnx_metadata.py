"""What a compiled file says of itself is read back, and an outdated one is known."""

from __future__ import annotations

import pytest

from core.models.card import Card, Input, class_names
from core.models.network import Layer, Span
from core.models.onnx.onnx_metadata import OnnxMetadata, OutdatedError, check_up_to_date
from core.models.onnx.place import Place, Tokens

ABOUT = OnnxMetadata(
    "its hash",
    "softmax",
    (64, 64, 3),
    Card(class_names(["A", "B"]), Input(64, 64), assumptions=("it was guessed",)),
    (
        Layer("patch (balanced)", "Conv", "patch:0", (8, 8), 12, balanced=True),
        Layer("last", "Add", "add:0", (8, 8), 12, spans=(Span(0.0, 1.0, 0.0, 1.0),) * 2),
    ),
    {"patch (balanced)": Place("patch", True), "last": Place("add", False, Tokens(8, 8, 1))},
)
ATTENDS, DOES_NOT = b"MatMul Softmax MatMul", b"Conv Relu Gemm"


def test_what_is_written_is_read_back():
    assert OnnxMetadata.from_properties(ABOUT.to_properties()) == ABOUT


def test_another_format_is_not_read():
    with pytest.raises(OutdatedError, match="format 1"):
        OnnxMetadata.from_properties({**ABOUT.to_properties(), "format": "1"})


def test_what_attends_is_outdated_if_a_version_before_balanced_layers_compiled_it():
    now = ABOUT.to_properties()
    before = {name: value for name, value in now.items() if name != "revision"}
    check_up_to_date(now, ATTENDS)
    check_up_to_date(before, DOES_NOT)
    with pytest.raises(OutdatedError):
        check_up_to_date(before, ATTENDS)
