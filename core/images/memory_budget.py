"""Shared memory budget of all decoders that run at once, and of who draws at full size."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Lock, local

from core.utils.tracebacks import release_frames

MAX_MEMORY = 500_000_000
"""Bytes that decoders may hold, one alone or several together."""

LARGE = 64_000_000
"""Bytes that are given back to the system at once; less, as of most JPEGs, is soon used again."""


class MemoryBudget:
    """A semaphore on bytes: who asks for more than is left waits, and is served in turn.

    Example:
        >>> budget = MemoryBudget(100)
        >>> with budget.reserve(70):
        ...     budget.left
        30
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._changed = Condition()
        self._turn = Lock()  # held while waiting, so that many small ones do not starve a large one
        self._thread = local()

    @property
    def left(self) -> int:
        """Bytes that nobody holds."""
        return self._limit - self._used

    @contextmanager
    def reserve(self, amount: int) -> Iterator[None]:
        """Hold so many bytes; who asks for more than all of them gets all of them.

        What a thread reserves inside its own reservation is part of that: it does not wait.
        """
        if getattr(self._thread, "holds", False):
            yield
            return
        amount = min(amount, self._limit)
        with self._turn, self._changed:
            self._changed.wait_for(lambda: amount <= self.left)
            self._used += amount
        self._thread.holds = True
        try:
            yield
        except BaseException as error:
            release_frames(error)  # it may be kept for long
            raise
        finally:
            self._thread.holds = False
            if amount > LARGE:
                trim_memory(0)
            with self._changed:
                self._used -= amount
                self._changed.notify_all()


def _find_trim() -> Callable[[int], object]:
    """What gives freed memory back to the system, which glibc keeps for the thread that had it."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library, which gives it back itself
        return lambda kept: None


trim_memory = _find_trim()
"""Give freed memory back to the system, but for so many bytes."""

DECODERS = MemoryBudget(MAX_MEMORY)
"""Of this process."""
