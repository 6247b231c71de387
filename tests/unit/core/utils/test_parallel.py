"""An ordered map in threads: bounded ahead, and over when nobody wants more."""

from __future__ import annotations

import threading

import pytest

from core.utils.parallel import ordered_map


def test_results_come_in_the_items_order_whatever_takes_longest():
    done = [threading.Event() for _ in range(20)]

    def work(number: int) -> int:
        if number % 3 == 0:  # is done only after the next one
            assert done[number + 1].wait(timeout=30)
        done[number].set()
        return number * number

    assert list(ordered_map(work, range(20), workers=4)) == [n * n for n in range(20)]
    assert list(ordered_map(work, [])) == []


def test_no_more_than_a_few_items_are_taken_before_their_results_are_wanted():
    taken: list[int] = []

    def items():
        for number in range(1000):
            taken.append(number)
            yield number

    results = ordered_map(lambda number: number, items(), workers=2, ahead=5)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    assert len(taken) <= 3 + 5
    results.close()
    assert len(taken) <= 3 + 5


def test_several_work_at_once():
    both = threading.Barrier(2, timeout=30)
    assert len(list(ordered_map(lambda number: both.wait(), range(4), workers=2))) == 4


def test_the_first_failure_ends_it():
    def work(number: int) -> int:
        if number == 3:
            raise ValueError("the third")
        return number

    results = ordered_map(work, range(100), workers=2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="the third"):
        next(results)
