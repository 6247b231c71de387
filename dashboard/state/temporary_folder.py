"""Temporary folders of the server; what one that was killed left is removed by the next."""

from __future__ import annotations

import os
import shutil
import time
import weakref
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from core.utils.file_lock import lock_folder

_PREFIX = "rice-lens-server-"
_FRESH = 5  # seconds in which a new folder gets its lock


def temporary_folder() -> TemporaryDirectory[str]:
    """A new folder, locked while somebody holds it, then removed."""
    folder = TemporaryDirectory(prefix=_PREFIX)
    lock = lock_folder(folder.name)
    if lock is not None:
        weakref.finalize(folder, os.close, lock)
    return folder


def remove_abandoned_folders() -> None:
    """Remove the folders whose server was killed: nobody holds their locks."""
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        try:
            is_new = time.time() - folder.stat().st_mtime < _FRESH
        except OSError:  # removed meanwhile
            continue
        lock = None if is_new else lock_folder(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
