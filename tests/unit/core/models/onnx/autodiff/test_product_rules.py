"""The gradients of products and normalization, against differences of the graph's own logits."""

from __future__ import annotations

import pytest

from tests.support.gradient_cases import PRODUCT_CASES, assert_gradients


@pytest.mark.parametrize("case", PRODUCT_CASES)
def test_a_rule_gives_what_the_logits_differences_say(case):
    assert_gradients(*PRODUCT_CASES[case])
