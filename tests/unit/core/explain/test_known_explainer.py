"""What is known is given again; the rest is asked, and in the order of the photos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.explain.known_explainer import KnownExplainer
from core.explain.request import ExplainRequest
from tests.support.known_networks import SIDE, explainer, of_pixels


@pytest.fixture
def asked():
    """An explainer whose network counts the photos it is shown."""
    explains = explainer(np.ones((SIDE, SIDE)))
    forward, explains.network.shown = explains.network.forward, 0

    def count(inputs, layer, classes=None):
        explains.network.shown += len(inputs)
        return forward(inputs, layer, classes)

    explains.network.forward = count
    return explains


@pytest.fixture
def photos():
    colors = np.random.default_rng(1).integers(0, 256, (4, 3)).astype(np.uint8)
    made = [of_pixels(np.broadcast_to(color, (SIDE, SIDE, 3))) for color in colors]
    return [replace(photo, sha256=f"{number}" * 64) for number, photo in enumerate(made)]


@pytest.mark.parametrize("single", [False, True])
def test_only_new_photos_are_shown_to_the_network(asked, photos, single):
    every = asked.explain(photos)
    known = KnownExplainer(asked, [every[2], every[0]])
    known = known.single_threaded() if single else known
    asked.network.shown = 0
    found = known.explain(photos)
    assert asked.network.shown == 2
    assert [each.sha256 for each in found] == [photo.sha256 for photo in photos]
    assert found[0] is every[0]
    assert found[2] is every[2]
    for each, other in zip(found, every, strict=True):
        assert each.logits == pytest.approx(other.logits, abs=1e-5)


def test_known_ones_at_the_end_are_given_too(asked, photos):
    every = asked.explain(photos)
    assert KnownExplainer(asked, every[1:]).explain(photos)[1:] == every[1:]
    assert KnownExplainer(asked, every).explain(photos) == every


def test_another_request_is_asked(asked, photos):
    known = KnownExplainer(asked, asked.explain(photos))
    asked.network.shown = 0
    known.explain(photos, ExplainRequest(layers=("cells",)))  # the default by its name
    assert asked.network.shown == 0
    known.explain(photos, ExplainRequest(negate=True))
    assert asked.network.shown == len(photos)
