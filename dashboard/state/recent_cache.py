"""Least recently used (LRU) cache."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


class RecentCache:
    """Least-recently-used values, made when they are missing; safe to use from several threads.

    Example:
        >>> cache = RecentCache(2)
        >>> [cache.get(key, lambda: key.upper()) for key in "abac"], cache.get("b", lambda: "new")
        (['A', 'B', 'A', 'C'], 'new')
    """

    def __init__(self, most: int) -> None:
        """Keep at most so many values."""
        self._values: dict[Hashable, Any] = {}
        self._most, self._lock = most, Lock()

    def find(self, key: Hashable) -> Any:
        """The value of a key, or None; it counts as used no more lately than before."""
        return self._values.get(key)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key; `make` gives it where it is missing."""
        with self._lock:
            if key in self._values:
                value: T = self._values.pop(key)
                self._values[key] = value
                return value
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                del self._values[next(iter(self._values))]
        return value
