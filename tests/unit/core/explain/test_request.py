"""What can be asked of a network."""

from __future__ import annotations

import pytest

from core.errors import ModelError
from core.explain.request import ExplainRequest


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"method": "smooth-grad"}, "grad-cam"),
        ({"score": "loss"}, "logit"),
        ({"upsampling": 0}, "finer"),
        ({"method": "eigen-cam", "contrast_class": "IR64"}, "same map for every class"),
        ({"method": "eigen-cam", "negate": True}, "same map for every class"),
        ({"method": "score-cam", "upsampling": 2}, "every channel"),
        ({"layers": ("a", "b"), "upsampling": 2}, "shares"),
    ],
)
def test_what_does_not_fit_together_is_refused(wrong, said):
    with pytest.raises(ModelError, match=said):
        ExplainRequest(**wrong)
