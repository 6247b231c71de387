"""Work shared out to the cores: its results in order, never far ahead of whoever takes them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ordered_map(
    work: Callable[[T], R], items: Iterable[T], workers: int | None = None, ahead: int = 8
) -> Iterator[R]:
    """Do some work on each item, several at once; memory does not grow with their number.

    Args:
        work: Called in threads, so it should leave Python for most of its time.
        items: Taken only a few before their results are wanted.
        workers: Threads; one a core for None.
        ahead: Results at most that wait to be taken.

    Yields:
        What the work gives, in the items' order; its first exception ends it. Whoever stops
        iterating waits for no more than what has begun.

    Example:
        >>> list(in_order(abs, [-1, 2, -3]))
        [1, 2, 3]
    """
    pool, left = ThreadPoolExecutor(workers or os.cpu_count()), iter(items)
    try:
        waiting = deque(pool.submit(work, item) for item in islice(left, ahead))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(work, item) for item in islice(left, 1))
    finally:
        pool.shutdown(cancel_futures=True)
