"""Progress of a long task: a function that wraps its items."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Wraps the items of a long task to show how far it is, as `tqdm` does."""

    def __call__(self, items: Iterable[T], doing: str, /) -> Iterable[T]:
        """Give the items as they are asked for.

        Args:
            items: What the task goes through.
            doing: What is being done with them, for people.
        """


def silent(items: Iterable[T], doing: str) -> Iterable[T]:
    """Show nothing."""
    return items
