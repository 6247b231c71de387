"""McNemar's exact test against the binomial distribution."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from core.utils.paired_test import mcnemar_exact


@pytest.mark.parametrize(("one", "other"), [(0, 0), (1, 0), (3, 9), (9, 3), (25, 25), (0, 60)])
def test_it_is_the_binomial_test_of_a_half(one, other):
    expected = binomtest(one, one + other).pvalue if one + other else 1
    assert mcnemar_exact(one, other) == pytest.approx(expected)
