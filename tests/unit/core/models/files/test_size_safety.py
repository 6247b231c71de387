"""How much a model file may fill: by what is stored of it, and never more than 4 GiB."""

from __future__ import annotations

import pytest

from core.errors import ModelError
from core.models.files.size_safety import MOST, check_size

MB = 1 << 20


@pytest.mark.parametrize(
    ("declared", "stored"), [(0, 0), (64 * MB, 1), (200 * MB, 10 * MB), (MOST, MOST)]
)
def test_what_a_file_of_its_size_may_fill_passes(declared, stored):
    check_size("m.h5", declared, stored)


@pytest.mark.parametrize(
    ("declared", "stored", "limit"),
    [(64 * MB + 1, 1, 64), (201 * MB, 10 * MB, 200), (MOST + 1, MOST, 4096)],
)
def test_more_is_rejected_with_the_limit(declared, stored, limit):
    with pytest.raises(ModelError, match=f"at most {limit} MB") as rejected:
        check_size("m.h5", declared, stored)
    assert (rejected.value.code, rejected.value.facts["limit"]) == ("model_too_large", limit)
