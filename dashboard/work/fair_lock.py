"""A fair lock: visitors run a model one batch at a time, in the order they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition

import numpy as np
from numpy.typing import NDArray

from core.models.network import ForwardPass, Layer, Network


class FairLock:
    """A lock that threads get in the order in which they asked for it.

    A `threading.Lock` often goes back to the thread that has just released it, and all others wait.

    Example:
        >>> with FairLock() as lock:
        ...     lock.waiting
        0
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._tickets, self._serving = 0, 0

    @property
    def locked(self) -> bool:
        """Whether a thread has it."""
        with self._changed:
            return self._tickets > self._serving

    @property
    def waiting(self) -> int:
        """How many threads wait for it, besides the one that has it."""
        with self._changed:
            return max(0, self._tickets - self._serving - 1)

    def __enter__(self) -> FairLock:
        """Wait for one's turn."""
        with self._changed:
            ticket, self._tickets = self._tickets, self._tickets + 1
            self._changed.wait_for(lambda: self._serving == ticket)
        return self

    def __exit__(self, *error: object) -> None:
        """Let the next one in."""
        with self._changed:
            self._serving += 1
            self._changed.notify_all()


@dataclass(frozen=True)
class SerializedNetwork:
    """A network that waits for its turn before each run, so that a long request holds up nobody.

    Attributes:
        network: What runs.
        lock: The model's.
        on_run: Called after each run with the number of photos. What it raises ends the request.
    """

    network: Network
    lock: FairLock
    on_run: Callable[[int], None] = lambda count: None

    @property
    def layers(self) -> tuple[Layer, ...]:
        """As `network.Network`."""
        return self.network.layers

    @property
    def head(self) -> str:
        """As `network.Network`."""
        return self.network.head

    def forward(
        self, inputs: NDArray[np.float32], layer: Layer, classes: Sequence[int] | None = None
    ) -> ForwardPass:
        """As `network.Network`."""
        with self.lock:
            result = self.network.forward(inputs, layer, classes)
        self.on_run(len(inputs))
        return result

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """As `network.Network`."""
        with self.lock:
            logits = self.network.logits(inputs)
        self.on_run(len(inputs))
        return logits

    def single_threaded(self) -> SerializedNetwork:
        """As `network.Network`."""
        return SerializedNetwork(self.network.single_threaded(), self.lock, self.on_run)
