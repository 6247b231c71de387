"""Cache shared by all visitors, for the lifetime of the server.

Not `st.cache_resource`: any visitor's browser can ask Streamlit to empty its caches for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


def cached_for_server(make: Callable[..., T]) -> Callable[..., T]:
    """Keep what a function gives for its arguments; those who ask meanwhile wait for it.

    An exception is not kept: the next one tries again.

    Example:
        >>> @cached_for_server
        ... def model(name):
        ...     print("opening", name)
        ...     return name.upper()
        >>> model("a"), model("a")
        opening a
        ('A', 'A')
    """
    values: dict[Hashable, T] = {}
    lock = Lock()

    @wraps(make)
    def get(*arguments: Any) -> T:
        if arguments not in values:
            with lock:
                if arguments not in values:
                    values[arguments] = make(*arguments)
        return values[arguments]

    return get
