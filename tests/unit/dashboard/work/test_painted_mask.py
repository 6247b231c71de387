"""What is painted over a mask: run lengths that fill it, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.work.painted_mask import BACKGROUND, FOUND, RICE, pack_runs, paint_over, unpack_runs

SIZE = 4, 5
WHOLE = 3 * 20


def test_what_is_painted_counts_and_the_rest_stays_as_found():
    found = np.random.default_rng(0).random(SIZE) < 0.5
    kinds = np.random.default_rng(1).integers(0, 3, SIZE)
    runs = [3 + int(kind) for kind in kinds.ravel()]
    packed = pack_runs(runs, SIZE)
    assert unpack_runs(packed) == runs
    mask = paint_over(found, packed)
    assert mask.dtype == bool
    assert mask[kinds == RICE].all()
    assert not mask[kinds == BACKGROUND].any()
    assert np.array_equal(mask[kinds == FOUND], found[kinds == FOUND])


def test_where_nothing_is_painted_the_mask_is_the_one_that_was_found():
    found = np.eye(4, 5, dtype=bool)
    for runs in ([], [WHOLE + FOUND], [3 * 12, 3 * 8]):
        assert paint_over(found, pack_runs(runs, SIZE)) is found
    assert not paint_over(found, pack_runs([WHOLE + BACKGROUND], SIZE)).any()


@pytest.mark.parametrize(
    "runs",
    [
        *(None, {}, "60", 60, True, b"<", {"length": 1}),
        *([WHOLE - 3], [WHOLE + 3 + RICE], [WHOLE, 4], [10**30], [WHOLE * 3]),
        *([0, WHOLE + 1], [-4, WHOLE + 16], [1.0], [60.5], [True] * 20, ["60"], [[60]], [None]),
        *([float("nan")], [float("inf")], [3] * 21, [4] * 10**5),
    ],
    ids=str,
)
def test_what_does_not_fill_the_mask_is_refused(runs):
    assert pack_runs(runs, SIZE) is None
