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

LARGE_BLOCK = 4_000_000
"""Bytes from which on `return_large_blocks` gives a single block back at once."""


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


def _find_in_libc(name: str) -> Callable[..., object]:
    """A function of glibc's allocator; one that does nothing where another library allocates."""
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):
        return lambda *given: None


trim_memory = _find_in_libc("malloc_trim")
"""Give freed memory back to the system, which glibc keeps for the thread that had it, but for so
many bytes."""

_set_option = _find_in_libc("mallopt")
_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h


def return_large_blocks() -> None:
    """Let this process give a block of `LARGE_BLOCK` bytes or more back as soon as it is freed.

    By itself glibc raises that line, up to 32 MB, to the largest block that was freed; what is
    below stays in pieces that the next one does not fit in.
    """
    _set_option(_MMAP_THRESHOLD, LARGE_BLOCK)


DECODERS = MemoryBudget(MAX_MEMORY)
"""Of this process."""
