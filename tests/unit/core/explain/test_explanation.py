"""An explanation: what it says of itself."""

from __future__ import annotations

import numpy as np
import pytest

from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest
from core.images.preprocess import place


@pytest.fixture
def explanation():
    return Explanation(
        sha256="0" * 64,
        model="small",
        request=ExplainRequest(layers=("early", "late")),
        classes=("Basmati", "Ketan"),
        placement=place((40, 60), (64, 64), "squash"),
        logits=np.array([1, 2], np.float32),
        scores=np.array([0.27, 0.73], np.float32),
        maps=np.arange(12, dtype=np.float32).reshape(2, 2, 3),
    )


def test_it_names_its_class_layers_and_grid(explanation):
    assert explanation.predicted == "Ketan"
    assert explanation.layer == "early + late"
    assert explanation.grid == (2, 3)


def test_a_map_is_found_by_its_class(explanation):
    assert explanation.map("Ketan").tolist() == [[6, 7, 8], [9, 10, 11]]
    with pytest.raises(KeyError, match="no class 'Arborio'; there are Basmati, Ketan"):
        explanation.map("Arborio")
