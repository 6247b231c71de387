"""What all visitors share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import streamlit as st

from dashboard.state.server_cache import cached_for_server

ROOT = Path(__file__).resolve().parents[4]


def test_of_those_who_ask_at_once_one_makes_it_and_all_get_it():
    made, together = [], Barrier(4)

    @cached_for_server
    def make(name: str) -> object:
        made.append(name)
        return object()

    def ask(_: int) -> object:
        together.wait(60)
        return make("a")

    with ThreadPoolExecutor(4) as pool:
        assert len({id(each) for each in pool.map(ask, range(4))}) == 1
    assert made == ["a"]
    st.cache_resource.clear()  # what a browser's message does
    assert make("a") is make("a")
    assert made == ["a"]
    assert make("b") is not make("a")


def test_an_error_is_not_kept():
    @cached_for_server
    def make() -> int:
        raise ValueError("again")

    for _ in range(2):
        with pytest.raises(ValueError, match="again"):
            make()


def test_nothing_that_must_stay_is_in_streamlits_caches():
    used = [file for file in (ROOT / "dashboard").rglob("*.py") if "@st.cache" in file.read_text()]
    assert not used
