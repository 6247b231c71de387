"""The gradients of what works number by number, against differences of the graph's own logits."""

from __future__ import annotations

import pytest

from tests.support.gradient_cases import ELEMENTWISE_CASES, assert_gradients


@pytest.mark.parametrize("case", ELEMENTWISE_CASES)
def test_a_rule_gives_what_the_logits_differences_say(case):
    assert_gradients(*ELEMENTWISE_CASES[case])
