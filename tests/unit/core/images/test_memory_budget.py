"""Photos that are decoded at once share one bound."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event, Lock

import pytest

from core.errors import PhotoError
from core.images.decode import read_photo
from core.images.memory_budget import DECODERS, MAX_MEMORY, MemoryBudget
from tests.support.photo_files import sample


def test_many_at_once_never_hold_more_than_the_limit() -> None:
    budget, lock, held, most = MemoryBudget(100), Lock(), [0], [0]

    def hold(amount: int) -> None:
        with budget.reserve(amount):
            with lock:
                held[0] += amount
                most[0] = max(most[0], held[0])
            with lock:
                held[0] -= amount

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(hold, [10, 60, 100, 35, 80, 5] * 20))
    assert 60 <= most[0] <= 100
    assert budget.left == 100


def test_one_that_is_larger_than_all_waits_for_all_and_does_not_wait_for_ever() -> None:
    budget = MemoryBudget(100)
    with budget.reserve(1000):
        assert budget.left == 0
    assert budget.left == 100


def test_a_large_one_is_not_overtaken_for_ever_by_small_ones() -> None:
    budget, may_end, order = MemoryBudget(100), Event(), []
    waiting = Event()

    def hold(amount: int) -> None:
        if amount == 90:
            waiting.set()
        with budget.reserve(amount):
            order.append(amount)
            if amount == 20:
                may_end.wait(10)

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(hold, 20)
        while budget.left == 100:
            pass
        large = threads.submit(hold, 90)
        waiting.wait(10)
        may_end.set()
        first.result(10), large.result(10)
    assert order == [20, 90]


def test_what_fails_gives_its_share_back() -> None:
    budget = MemoryBudget(100)
    with pytest.raises(KeyError), budget.reserve(60):
        raise KeyError("a damaged file")
    assert budget.left == 100


@pytest.mark.parametrize("data", [sample("PNG"), sample("PNG")[:-30], sample("JPEG")[:200]])
def test_a_photo_leaves_the_whole_budget_behind(data: bytes) -> None:
    with suppress(PhotoError):
        read_photo(data)
    assert DECODERS.left == MAX_MEMORY
