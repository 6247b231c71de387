"""Every operation with a rule is held against numbers somewhere."""

from __future__ import annotations

from core.models.onnx.autodiff.rules import RULES
from tests.support.gradient_cases import (
    ELEMENTWISE_CASES,
    PRODUCT_CASES,
    SHAPE_CASES,
    WINDOW_CASES,
)

CASES = ELEMENTWISE_CASES | PRODUCT_CASES | SHAPE_CASES | WINDOW_CASES


def test_every_rule_has_a_case():
    behind_all = {"Identity", "Flatten"}  # of the graph around each case
    newer = {"Swish"}  # of opset 24, which not every runtime has
    held = {each.op_type for nodes, *_ in CASES.values() for each in nodes}
    assert set(RULES) - behind_all - newer == held - behind_all - {
        "Split",
        "Shape",
        "Greater",
        "Range",
    }
