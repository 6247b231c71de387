"""Locks of a file or a folder that one process at a time may write into."""

from __future__ import annotations

import os
import sys
from typing import IO


def lock_file(file: IO[bytes]) -> bool:
    """Keep other processes from an open file until it is closed or this one ends.

    Windows has no such locks, and some network folders have none.

    Returns:
        False if another process has it.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryFile() as file:
        ...     lock_file(file)
        True
    """
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # there are no locks
    return True


def lock_folder(path: str | os.PathLike[str]) -> int | None:
    """Keep other processes from an own folder until what this gives is closed, or this one ends.

    Returns:
        A file descriptor. None if another process has the folder, or another user, and where there
        are no such locks: on Windows, and in some network folders.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lock = lock_folder(folder)
        ...     lock_folder(folder) is None
        True
        >>> os.close(lock)
    """
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if os.fstat(folder).st_uid == os.getuid():
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return folder
    except OSError:
        pass
    os.close(folder)
    return None
