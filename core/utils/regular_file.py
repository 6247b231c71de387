"""Opening of files that strangers name: a pipe or a device may never end, or never begin."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular_file(path: Path) -> BinaryIO:
    """Open a regular file to be read; nothing else is waited for.

    Raises:
        OSError: If it cannot be opened, or is no regular file.

    Example:
        >>> open_regular_file(Path(os.devnull))
        Traceback (most recent call last):
        OSError: [Errno 22] it is a pipe or a device, not a file
    """
    file = open(path, "rb", opener=_open_at_once)  # noqa: SIM115  it is given away
    # What has been opened is asked what it is: under its name there may be something else by then.
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
    return file


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for somebody who writes into a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
