"""The shipped model of single grains, which needs no TensorFlow."""

from __future__ import annotations

import pytest

from core.explain.open_explainer import open_explainer
from core.models.registry import GRAIN_MODEL, find_model


@pytest.fixture(scope="session")
def explainer():
    return open_explainer(find_model(GRAIN_MODEL))
