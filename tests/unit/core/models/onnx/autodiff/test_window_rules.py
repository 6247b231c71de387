"""The gradients of convolutions, pooling, padding, resizing, against differences."""

from __future__ import annotations

import pytest

from tests.support.gradient_cases import WINDOW_CASES, assert_gradients


@pytest.mark.parametrize("case", WINDOW_CASES)
def test_a_rule_gives_what_the_logits_differences_say(case):
    assert_gradients(*WINDOW_CASES[case])
