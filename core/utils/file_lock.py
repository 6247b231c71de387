"""Lock of a file that one process at a time may write into."""

from __future__ import annotations

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
