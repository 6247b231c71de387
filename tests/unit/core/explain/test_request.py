"""What can be asked of a network, and how the explainer answers it."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ModelError
from core.explain.request import METHOD_NAMES, ExplainRequest
from core.images.decode import Photo


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"method": "smooth-grad"}, "grad-cam"),
        ({"score": "loss"}, "logit"),
        ({"finer": 0}, "finer"),
        ({"method": "eigen-cam", "versus": "IR64"}, "same map for every class"),
        ({"method": "eigen-cam", "against": True}, "same map for every class"),
        ({"method": "score-cam", "finer": 2}, "every channel"),
        ({"layers": ("a", "b"), "finer": 2}, "shares"),
    ],
)
def test_what_does_not_fit_together_is_refused(wrong, said):
    with pytest.raises(ModelError, match=said):
        ExplainRequest(**wrong)


@pytest.fixture(scope="module")
def photo():
    rgb = np.random.default_rng(4).integers(0, 256, (40, 60, 3)).astype(np.uint8)
    return Photo(rgb=rgb, sha256="0" * 64, full_size=(60, 40), format="PNG")


def maps(explainer, photo, **asked):
    (explained,) = explainer.explain([photo], ExplainRequest(**asked))
    return explained.maps


@pytest.mark.parametrize("method", METHOD_NAMES)
def test_every_method_gives_a_map_a_class(explainer, photo, method):
    found = maps(explainer, photo, method=method)
    assert found.shape == (3, 2, 2)
    assert found.dtype == np.float32
    assert np.ptp(found) > 0


def test_behind_pooling_three_methods_are_one(explainer, photo):
    assert explainer.layer().pooled
    for method in ("hires-cam", "xgrad-cam"):
        assert maps(explainer, photo, method=method) == pytest.approx(
            maps(explainer, photo), rel=1e-3, abs=1e-4
        )


def test_a_contrast_is_the_difference_and_what_speaks_against_the_opposite(explainer, photo):
    plain = maps(explainer, photo)
    assert maps(explainer, photo, contrast_class="IR64") == pytest.approx(
        plain - plain[1], abs=1e-3
    )
    assert maps(explainer, photo, negate=True) == pytest.approx(-plain, abs=1e-4)
    scored = maps(explainer, photo, method="score-cam", contrast_class="IR64", negate=True)
    expected = maps(explainer, photo, method="score-cam")
    assert scored == pytest.approx(expected[1] - expected, abs=1e-3)


def test_layers_are_named_fused_and_priced(explainer, photo):
    asked = ExplainRequest(layers=("block6a_expand_activation", "top_activation"))
    (explained,) = explainer.explain([photo], asked)
    assert explained.grid == (4, 4)
    assert explained.layer == "block6a_expand_activation + top_activation"
    assert np.abs(explained.maps).max() <= 1
    assert explainer.forward_passes(asked) == 2
    assert explainer.forward_passes(ExplainRequest()) == 1
    assert explainer.forward_passes(ExplainRequest(upsampling=8)) == 65
    assert explainer.forward_passes(ExplainRequest(method="score-cam")) == 1282
    assert explainer.resolve(ExplainRequest()).layers == ("top_activation",)
    with pytest.raises(ModelError, match="has no class"):
        explainer.resolve(ExplainRequest(contrast_class="Arborio"))
