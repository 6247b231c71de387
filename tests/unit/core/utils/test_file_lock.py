"""A lock keeps others from a file until it is closed."""

from __future__ import annotations

import pytest

from core.utils.file_lock import lock_file

fcntl = pytest.importorskip("fcntl")


def test_a_file_is_locked_until_it_is_closed(tmp_path):
    with (tmp_path / "a").open("ab") as first, (tmp_path / "a").open("ab") as second:
        assert lock_file(first)
        assert lock_file(first)
        assert not lock_file(second)
        first.close()
        assert lock_file(second)


def test_where_there_are_no_locks_nothing_is_locked(tmp_path, monkeypatch):
    def fails(file, how):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", fails)
    with (tmp_path / "a").open("ab") as file:
        assert lock_file(file)
