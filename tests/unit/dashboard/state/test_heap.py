"""The server's heap, and when what was given up leaves it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from dashboard.state import heap
from dashboard.state.heap import freeze_heap


class _Knot:
    """An object that holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """What a test froze is garbage like any other afterwards."""
    yield
    gc.unfreeze()


def test_what_lasts_is_not_looked_through_again():
    freeze_heap()
    assert len(gc.get_objects()) < gc.get_freeze_count() / 10


def test_what_comes_later_is_collected_as_ever():
    freeze_heap()
    gone = weakref.ref(_Knot())
    gc.collect()
    assert gone() is None


def test_what_was_frozen_goes_with_the_next_call_or_once_thawed():
    for release in (freeze_heap, lambda: (gc.unfreeze(), gc.collect())):
        knot = _Knot()
        gone = weakref.ref(knot)
        freeze_heap()
        del knot
        gc.collect()
        assert gone() is not None
        release()
        assert gone() is None


def test_what_was_collected_goes_back_to_the_system(monkeypatch):
    gone = weakref.ref(_Knot())
    monkeypatch.setattr(heap, "trim_memory", lambda kept: trimmed.append((kept, gone())))
    trimmed: list[tuple[int, object]] = []
    freeze_heap()
    assert trimmed == [(0, None)]
