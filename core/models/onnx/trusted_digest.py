"""Trusted digests of compiled models, stored apart from the files they vouch for.

A compiled form says of itself what model it was made from, and one that was put in its place says
the same. So its SHA-256 is kept in the model's card, for a model that is handed on compiled, or in
a file that only the user who compiled it can write.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import tempfile
from pathlib import Path

log = logging.getLogger("core")
_DIGEST_FILE = "compiled.sha256"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LENGTH = hashlib.sha256().digest_size * 2


def digest_of(compiled: bytes) -> str:
    """The SHA-256 of a compiled form, in hexadecimal digits."""
    return hashlib.sha256(compiled).hexdigest()


def record_digest(sha256: str, folder: Path) -> None:
    """Note a compiled form's digest in a folder of the user's alone.

    Where that cannot be done the form is not trusted later, but made again.

    Args:
        sha256: As `digest_of` gives it.
        folder: Made if absent; nobody else may enter it from now on.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
            file.write(sha256)
        os.replace(file.name, folder / _DIGEST_FILE)
    except OSError:
        log.info("%s cannot be written to", folder, exc_info=True)
    if recorded_digest(folder) != sha256:
        log.warning(
            "%s is not this user's alone: what was compiled now is compiled again next time", folder
        )


def recorded_digest(folder: Path) -> str | None:
    """The digest that `record_digest` noted; None if anybody else could have written it."""
    file = folder / _DIGEST_FILE
    try:
        if not (_is_private(folder, stat.S_IFDIR) and _is_private(file, stat.S_IFREG)):
            return None
        with file.open("rb") as content:
            return content.read(_LENGTH).decode("ascii", "replace")
    except OSError:
        return None


def _is_private(path: Path, kind: int) -> bool:
    """Whether a path is of a kind, no link, the user's own, and closed to all others."""
    status = path.lstat()
    own = not hasattr(os, "geteuid") or (  # on Windows the user's folders are closed by themselves
        status.st_uid == os.geteuid() and not status.st_mode & _OTHERS
    )
    return stat.S_IFMT(status.st_mode) == kind and own
