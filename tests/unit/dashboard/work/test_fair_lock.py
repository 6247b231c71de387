"""A lock that is had in the order of asking, and networks behind it."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from dashboard.work.fair_lock import FairLock, SerializedNetwork
from tests.support.page import Network


def test_visitors_run_a_model_one_at_a_time_in_the_order_they_came():
    lock, order = FairLock(), []
    running, free = threading.Event(), threading.Event()

    def first() -> None:
        with lock:
            running.set()
            assert free.wait(60)
        with lock:  # asks again, behind all who came meanwhile
            order.append("first")

    def later(name: str) -> None:
        with lock:
            order.append(name)

    visitors = [threading.Thread(target=first)]
    visitors[0].start()
    assert running.wait(60)
    for number, name in enumerate("abc", start=1):
        visitors.append(threading.Thread(target=later, args=(name,)))
        visitors[-1].start()
        while lock.waiting < number:  # until it stands in the queue
            time.sleep(0.001)
    assert order == []
    free.set()
    for visitor in visitors:
        visitor.join(60)
    assert order == ["a", "b", "c", "first"]
    assert lock.waiting == 0


def test_a_serialized_network_runs_in_its_turn_and_tells_how_many_photos_it_was_shown():
    lock, shown, network = FairLock(), [], Network()

    def logits(inputs):
        assert lock.locked
        return inputs

    network.logits = logits
    asked = np.zeros((2, 64, 64, 3), np.float32)
    assert SerializedNetwork(network, lock, shown.append).logits(asked) is asked
    assert shown == [2]
    assert not lock.locked


def test_what_ends_a_request_lets_the_next_one_in():
    class Stopped(BaseException):
        pass

    def stop(count: int) -> None:
        raise Stopped

    network, lock = Network(), FairLock()
    inputs = np.zeros((1, 64, 64, 3), np.float32)
    with pytest.raises(Stopped):
        SerializedNetwork(network, lock, stop).logits(inputs)
    network.chokes_on = inputs[0]
    with pytest.raises(RuntimeError):
        SerializedNetwork(network, lock).forward(inputs, network.layers[-1])
    assert SerializedNetwork(network, lock).logits(inputs).shape == (1, 3)
