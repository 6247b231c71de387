"""Composed photos of known grains: counted within 2 %, and at least 90 % correctly classified."""

from __future__ import annotations

import pytest

from core.explain.open_explainer import open_explainer
from core.models.registry import GRAIN_MODEL, find_model
from core.synthetic.grain_cutouts import list_grain_files, read_cutouts
from core.training.grain_samples import HELD_OUT_GROUNDS, VARIETIES, compose_photo
from tests.support.composed_counts import count_composed

pytestmark = pytest.mark.slow

CLEAR = ("dark table", "slate", "blue cloth")


@pytest.fixture(scope="module")
def stock(real_photos):
    """Some grains of the test split, of each variety."""
    return [
        grain
        for variety in VARIETIES
        for grain in read_cutouts(list_grain_files(real_photos / "grains", [variety], "test")[:40])
    ]


@pytest.fixture(scope="module")
def explainer():
    return open_explainer(find_model(GRAIN_MODEL))


def test_grains_are_counted_and_correctly_classified_on_clear_grounds(stock, explainer):
    assert set(CLEAR) & set(HELD_OUT_GROUNDS)
    results = [
        count_composed(compose_photo(stock, [ground], [2, number], layout), explainer)
        for number, ground in enumerate(CLEAR)
        for layout in ("scattered", "touching")
    ]
    true = sum(each.true for each in results)
    assert true > 200
    assert sum(abs(each.found - each.true) for each in results) <= 0.02 * true
    classified = sum(each.classified for each in results)
    assert classified >= 0.8 * true
    assert sum(each.correct for each in results) >= 0.95 * classified


def test_on_pale_paper_shadows_join_no_grains(stock, explainer):
    results = [
        count_composed(compose_photo(stock, ["paper"], [2, number], layout), explainer)
        for number in range(2)
        for layout in ("scattered", "touching")
    ]
    true = sum(each.true for each in results)
    classified = sum(each.classified for each in results)
    assert sum(abs(each.found - each.true) for each in results) <= 0.04 * true
    assert classified >= 0.8 * true
    assert sum(each.correct for each in results) >= 0.9 * classified
