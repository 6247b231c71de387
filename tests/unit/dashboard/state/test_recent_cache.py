"""A cache that forgets what has not been used for longest."""

from __future__ import annotations

from dashboard.state.recent_cache import RecentCache


def test_a_value_is_made_once_while_it_is_used():
    cache, made = RecentCache(2), []

    def value(key: str) -> str:
        return cache.get(key, lambda: made.append(key) or key)

    for key in "aababcab":  # "c" puts out "a", which was not used for longest … and so on
        value(key)
    assert made == list("abcab")


def test_what_is_looked_for_is_neither_made_nor_kept_longer():
    cache = RecentCache(2)
    assert cache.find("a") is None
    for key in "ab":
        cache.get(key, lambda key=key: key.upper())
    assert cache.find("a") == "A"
    cache.get("c", str)
    assert cache.find("a") is None
    assert cache.find("b") == "B"


def test_what_cannot_be_made_is_not_kept():
    cache = RecentCache(2)

    def fail() -> int:
        raise OSError

    for _ in range(2):
        try:
            cache.get("a", fail)
        except OSError:
            continue
        raise AssertionError
    assert cache.get("a", lambda: 1) == 1
