"""Only regular files are opened, and nothing is waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.utils.regular_file import open_regular_file


def test_a_file_is_opened_to_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"rice")
    with open_regular_file(tmp_path / "a") as file:
        assert file.read() == b"rice"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name on this system")
@pytest.mark.parametrize("open_first", [False, True])
def test_a_pipe_is_refused_whether_somebody_writes_or_not(tmp_path: Path, open_first: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    other_end = os.open(pipe, os.O_RDWR) if open_first else None
    with pytest.raises(OSError, match="a pipe or a device"):
        open_regular_file(pipe)
    if other_end is not None:
        os.close(other_end)


def test_what_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(OSError, match=r"No such file|Is a directory"):
            open_regular_file(path)
