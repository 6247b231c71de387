"""Folders that go with their holder, and after a server that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dashboard.state.temporary_folder import remove_abandoned_folders, temporary_folder

_SERVER = """
from dashboard.state.temporary_folder import temporary_folder
folder = temporary_folder()
print(folder.name, flush=True)
input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def aged(folder: Path) -> Path:
    os.utime(folder, (0, 0))
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no locks of folders")
def test_what_a_killed_server_left_is_removed_and_no_other(temporary: Path) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _SERVER], stdin=pipe, stdout=pipe) as server:
        assert server.stdout
        theirs = Path(server.stdout.readline().decode().strip())
        (theirs / "photos").mkdir()
        (theirs / "photos" / "a.jpg").write_bytes(b"a photo")
        own = temporary_folder()
        for folder in (theirs, Path(own.name)):
            aged(folder)
        remove_abandoned_folders()
        assert sorted(temporary.iterdir()) == sorted([theirs, Path(own.name)])
        server.kill()
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (temporary / f"{theirs.name}-link").symlink_to(elsewhere)
    new = temporary / f"{theirs.name}-new"
    new.mkdir()  # its server is about to lock it
    aged(theirs)
    remove_abandoned_folders()
    assert not theirs.exists()
    assert elsewhere.is_dir()
    assert new.is_dir()
    assert Path(own.name).is_dir()


def test_a_folder_goes_with_its_last_holder(temporary: Path) -> None:
    folder = temporary_folder()
    assert [*temporary.iterdir()] == [Path(folder.name)]
    del folder
    assert not [*temporary.iterdir()]
    with temporary_folder() as name:
        assert Path(name).is_dir()
    assert not [*temporary.iterdir()]
