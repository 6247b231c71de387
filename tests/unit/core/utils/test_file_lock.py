"""A lock keeps others from a file until it is closed."""

from __future__ import annotations

import os

import pytest

from core.utils.file_lock import lock_file, lock_folder

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


def test_a_folder_is_locked_until_its_lock_is_closed(tmp_path):
    lock = lock_folder(tmp_path)
    assert lock is not None
    assert lock_folder(tmp_path) is None
    os.close(lock)
    lock = lock_folder(tmp_path)
    assert lock is not None
    os.close(lock)


def test_what_is_no_own_folder_is_not_locked(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    for name in ("none", "file", "link"):
        assert lock_folder(tmp_path / name) is None
    monkeypatch.setattr(os, "getuid", lambda: -1)
    assert lock_folder(tmp_path / "folder") is None
