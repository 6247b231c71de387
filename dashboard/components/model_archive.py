"""A stranger's archive is unpacked into a folder, and nothing of it anywhere else."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path, PurePosixPath

from core.models.files import rejections
from core.models.files.archive_safety import read_member
from core.models.files.size_safety import MOST, check_size

_MOST_MEMBERS = 1000
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive into a folder that is made for it.

    Raises:
        ModelError: If it is damaged, reaches out of the folder, or would fill too much; what was
            written before is left for the caller to remove.
    """
    name = archive.name
    try:
        with zipfile.ZipFile(archive) as table:
            infos = table.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise rejections.damaged(name, str(error)) from error
    if len(infos) > _MOST_MEMBERS:
        raise rejections.unexpected_content(name, f"{len(infos)} members")
    check_size(name, sum(info.file_size for info in infos), archive.stat().st_size)
    folder.mkdir()
    for info in infos:
        target = folder / _inside(name, info)
        (target if info.is_dir() else target.parent).mkdir(parents=True, exist_ok=True)
        if not info.is_dir():
            if target.exists():
                raise rejections.unexpected_content(name, f"{info.filename} twice")
            target.write_bytes(read_member(archive, info, MOST))


def _inside(archive: str, info: zipfile.ZipInfo) -> PurePosixPath:
    """A member's place in the folder."""
    path = PurePosixPath(info.filename)
    out = path.is_absolute() or ".." in path.parts or "\\" in info.filename or ":" in info.filename
    if out or stat.S_ISLNK(info.external_attr >> 16):
        raise rejections.external_reference(archive, info.filename)
    if info.flag_bits & 0x1 or info.compress_type not in _KNOWN:
        raise rejections.unexpected_content(archive, info.filename)
    return path
