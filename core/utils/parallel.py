"""Ordered parallel map with bounded look-ahead."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ordered_map(
    work: Callable[[T], R], items: Iterable[T], workers: int | None = None, ahead: int = 8
) -> Generator[R, None, None]:
    """Map items in threads, in order; memory does not grow with their number.

    Args:
        work: Called in threads, so it should leave Python for most of its time.
        items: Taken only a few before their results are wanted.
        workers: Threads; one a core for None.
        ahead: Results at most that wait to be taken.

    Yields:
        The results, in the items' order; the first exception ends it. Who stops iterating
        waits only for the calls that have begun.

    Example:
        >>> list(ordered_map(abs, [-1, 2, -3]))
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
