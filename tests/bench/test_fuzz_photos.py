"""Of many mutated photos, none makes a decoder fail in another way or take long."""

from __future__ import annotations

import random

import pytest

from tests.bench.fuzz_photos import SLOW, fuzz, mutate


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_mutated_photos_of_real_size_give_a_photo_or_a_sentence_in_time() -> None:
    results = list(fuzz(count=200, seed=7, megapixels=2))
    assert [each for each in results if each[2].startswith("!") or each[1] > SLOW] == []
    assert {"photo", "broken", "truncated"} <= {outcome for *_, outcome in results}


def test_whatever_is_damaged_there_is_a_file() -> None:
    for seed in range(2_000):
        assert isinstance(mutate(b"\x89PNG\r\n\x1a\n", random.Random(seed)), bytes)
