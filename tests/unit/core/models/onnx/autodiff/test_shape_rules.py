"""The gradients of what moves, repeats and adds up, against differences of the logits."""

from __future__ import annotations

import pytest

from tests.support.gradient_cases import SHAPE_CASES, assert_gradients


@pytest.mark.parametrize("case", SHAPE_CASES)
def test_a_rule_gives_what_the_logits_differences_say(case):
    assert_gradients(*SHAPE_CASES[case])
