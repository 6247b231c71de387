"""A model is run by one visitor at a time."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from dashboard.work.fair_lock import FairLock, SerializedNetwork
from tests.support.page import Network


def test_a_model_is_run_by_one_visitor_at_a_time_in_the_order_they_came():
    turn, order, running = FairLock(), [], []

    def run(inputs, *_):
        running.append(1)
        assert len(running) == 1
        time.sleep(0.01)
        running.pop()
        return inputs

    network = Network()
    network.logits = run

    def visitor(name: str) -> None:
        mine = SerializedNetwork(network, turn, lambda count: order.append(name))
        for _ in range(3):
            mine.logits([0])

    visitors = [threading.Thread(target=visitor, args=(name,)) for name in "ab"]
    for each in visitors:
        each.start()
    for each in visitors:
        each.join()
    assert sorted(order) == list("aaabbb")
    assert "".join(order) not in ("aaabbb", "bbbaaa")  # none waits for all of the other


def test_what_ends_a_question_leaves_the_turn_to_the_next():
    class Stopped(BaseException):
        pass

    def stop(count: int) -> None:
        raise Stopped

    network, turn = Network(), FairLock()
    inputs = np.zeros((1, 64, 64, 3), np.float32)
    with pytest.raises(Stopped):
        SerializedNetwork(network, turn, stop).logits(inputs)
    network.chokes_on = inputs[0]
    with pytest.raises(RuntimeError):
        SerializedNetwork(network, turn).forward(inputs, network.layers[-1])
    assert SerializedNetwork(network, turn).logits(inputs).shape == (1, 3)
