"""One visitor at a time runs a model, a batch each, in the order they came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

import numpy as np
from numpy.typing import NDArray

from core.models.network import ForwardPass, Layer, Network


class FairLock:
    """A lock that is had in the order of asking: `with turn.taken(): …`.

    A plain lock often goes back to whoever gave it up last, who then keeps all others waiting.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._asked, self._next = 0, 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for one's turn, and give it to the next in the end."""
        with self._changed:
            number, self._asked = self._asked, self._asked + 1
            self._changed.wait_for(lambda: self._next == number)
        try:
            yield
        finally:
            with self._changed:
                self._next += 1
                self._changed.notify_all()


@dataclass(frozen=True)
class SerializedNetwork:
    """A network that waits for its turn before each run, so that a long question holds up nobody.

    Attributes:
        network: What runs.
        turn: The model's.
        ran: Told after each run how many photos it was shown. What it raises ends the question.
    """

    network: Network
    turn: FairLock
    ran: Callable[[int], None] = lambda count: None

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
        with self.turn.taken():
            run = self.network.forward(inputs, layer, classes)
        self.ran(len(inputs))
        return run

    def logits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """As `network.Network`."""
        with self.turn.taken():
            logits = self.network.logits(inputs)
        self.ran(len(inputs))
        return logits

    def single_threaded(self) -> SerializedNetwork:
        """As `network.Network`."""
        return SerializedNetwork(self.network.single_threaded(), self.turn, self.ran)
