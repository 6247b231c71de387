"""Photos that are decoded at once share one bound."""

from __future__ import annotations

import subprocess
import sys
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from threading import Event, Lock

import numpy as np
import pytest
from PIL import Image
from PIL._util import DeferredError
from PIL.ImageFile import ImageFile

from core.errors import PhotoError
from core.images import decode
from core.images.decode import read_photo
from core.images.memory_budget import DECODERS, MAX_MEMORY, MemoryBudget
from core.images.photo_formats import open_as
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


def test_an_error_that_is_kept_keeps_nothing_of_what_failed() -> None:
    made: list[weakref.ref[np.ndarray]] = []

    def fail() -> None:
        pixels = np.zeros(10)
        made.append(weakref.ref(pixels))
        try:
            raise OSError
        except OSError as error:
            raise ValueError("a damaged file") from error

    with pytest.raises(ValueError, match="damaged") as kept, MemoryBudget(100).reserve(60):
        fail()
    assert kept.value.__traceback__
    assert made[0]() is None


@pytest.mark.parametrize("whole", [True, False])
def test_pixels_are_given_back_before_their_share_is(
    whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Image.Image] = []
    at_the_end: list[bool] = []

    class Spy(MemoryBudget):
        @contextmanager
        def reserve(self, amount: int) -> Iterator[None]:
            with super().reserve(amount):
                try:
                    yield
                finally:
                    at_the_end.append(isinstance(opened[0]._im, DeferredError))

    def open_and_keep(format: str, data: bytes) -> ImageFile:
        opened.append(open_as(format, data))
        return opened[-1]

    monkeypatch.setattr(decode, "open_as", open_and_keep)
    monkeypatch.setattr(decode, "DECODERS", Spy(MAX_MEMORY))
    data = sample("PNG")
    with nullcontext() if whole else pytest.raises(PhotoError):
        read_photo(data if whole else data[: len(data) // 2])
    assert at_the_end == [True]


def test_what_a_thread_reserves_inside_its_own_share_does_not_wait() -> None:
    budget = MemoryBudget(100)
    with budget.reserve(60):
        with budget.reserve(100):
            assert budget.left == 40
        assert budget.left == 40


def test_large_blocks_are_given_back_though_small_ones_lie_between() -> None:
    # glibc keeps blocks below the largest that was freed, unless it is told otherwise.
    held = """
import sys
import numpy as np
from core.images.memory_budget import LARGE_BLOCK, return_large_blocks
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
if sys.argv[1] == "told":
    return_large_blocks()
del_me = np.ones(30_000_000, np.uint8)
del del_me
before = resident()
large, between = [], []
for _ in range(10):
    large.append(np.ones(LARGE_BLOCK, np.uint8))
    between.append(np.ones(100_000, np.uint8))
del large
print(resident() - before)
"""

    def kept(word: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", held, word], check=True, capture_output=True, text=True
        )
        return int(done.stdout)

    assert kept("told") < 10_000_000 < kept("not told")
