"""Deletion and insertion of a linear score have closed forms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.evidence.deletion_insertion import (
    RANDOM_ORDERS,
    STEPS,
    area_under_curve,
    build_curves,
    removal_counts,
    removal_masks,
    removal_orders,
)
from core.evidence.occlusion import cell_indices


def walked(worth, heat, seed=0):
    """The curves of a score that adds up the worth of what is there, [n] cells."""
    n = len(worth)
    hottest, *random = removal_orders(heat, np.ones(n, bool), seed)
    steps = removal_counts(n)[1:-1]

    def there(order, gone):
        return worth.sum() - worth[order[:gone]].sum()

    return build_curves(
        worth.sum(),
        0.0,
        np.array([there(hottest, k) for k in steps], np.float32),
        np.array([worth[hottest[:k]].sum() for k in steps], np.float32),
        np.array([[there(order, k) for k in steps] for order in random], np.float32),
        n,
    )


def test_areas_of_one_decisive_cell():
    """Worth 1 in one of 7 cells, one a step. Found first: gone after a step, there after one."""
    worth = np.eye(7)[3]
    best = walked(worth, worth.astype(np.float32))
    assert area_under_curve(best.shares, best.deletion) == pytest.approx(1 / 14)
    assert area_under_curve(best.shares, best.insertion) == pytest.approx(13 / 14)
    worst = walked(worth, -worth.astype(np.float32))
    assert area_under_curve(worst.shares, worst.deletion) == pytest.approx(13 / 14)
    assert area_under_curve(worst.shares, worst.insertion) == pytest.approx(1 / 14)
    assert worst.deletion_gain < 0 > worst.insertion_gain


@pytest.mark.parametrize("seed", range(3))
def test_of_a_linear_score_insertion_mirrors_deletion(seed):
    """What is there and what is gone add up to the whole, so the two areas do, too."""
    rng = np.random.default_rng(seed)
    worth = rng.random(49) / 30
    found = walked(worth, worth.astype(np.float32))
    deletion, insertion = (
        area_under_curve(found.shares, each) for each in (found.deletion, found.insertion)
    )
    assert deletion + insertion == pytest.approx(worth.sum(), rel=1e-5)
    ranked = np.sort(worth)[::-1]
    shown = [worth.sum() - ranked[:k].sum() for k in removal_counts(49)]
    trapezoids = [(a + b) / 2 / STEPS for a, b in pairwise(shown)]
    assert deletion == pytest.approx(sum(trapezoids), rel=1e-5)
    assert found.deletion_gain > 0 < found.insertion_gain


def test_an_order_is_better_than_random_only_if_it_knows_something():
    worth = np.linspace(0, 1, 49) ** 3
    good, none = walked(worth, worth.astype(np.float32)), walked(np.ones(49), worth)
    assert good.deletion_gain > 3 * good.spread > 0
    assert none.deletion_gain == pytest.approx(0, abs=1e-5)
    assert none.spread == pytest.approx(0, abs=1e-5)


def test_a_random_order_backwards_has_the_same_area():
    """Why the random curves serve for insertion, too."""
    rng = np.random.default_rng(2)
    worth, order = rng.random(21), rng.permutation(21)
    gone = removal_counts(21)
    shares = (gone / 21).astype(np.float32)

    def score(cells_there):  # not linear
        return np.tanh(worth[cells_there].sum())

    deleted = np.array([score(order[k:]) for k in gone])
    backwards = order[::-1]
    inserted = np.array([score(backwards[:k]) for k in gone])
    assert area_under_curve(shares, deleted) == pytest.approx(area_under_curve(shares, inserted))


def test_orders_leave_out_what_is_not_shown_and_repeat():
    heat = np.array([[1, 4], [3, 2]], np.float32)
    shown = np.array([True, True, False, True])
    found = removal_orders(heat, shown)
    assert found[0].tolist() == [1, 3, 0]
    assert all(sorted(order) == [0, 1, 3] for order in found)
    assert len(found) == 1 + RANDOM_ORDERS
    assert (removal_orders(heat, shown) == found).all()
    assert (
        len({tuple(order) for order in removal_orders(np.zeros((7, 7)), np.ones(49, bool))})
        > RANDOM_ORDERS
    )


def test_removals_remove_the_first_cells_whole():
    cell_of = cell_indices((14, 14), (7, 7))
    order = np.random.default_rng(0).permutation(49)
    found = removal_masks(order, cell_of)
    assert found.shape == (STEPS - 1, 14, 14)
    for step, count in enumerate(removal_counts(49)[1:-1]):
        assert set(cell_of[found[step]]) == set(order[:count])
        assert found[step].sum() == count * 4
