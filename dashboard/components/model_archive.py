"""Unpacks an uploaded model archive safely into a folder of its own.

Its directory is judged whole before a byte is written: what lies elsewhere, has two meanings, or is
no file's name on some system is refused, and so is what unfolds as trained weights never do.
"""

from __future__ import annotations

import shutil
import stat
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath
from string import digits

from core.models.files import rejections
from core.models.files.archive_safety import read_member_in_steps
from core.models.files.formats import ONNX_FILE
from core.models.files.size_safety import MOST, check_size

_MOST_MEMBERS = 1000
_LONGEST_NAME, _LONGEST_PATH = 255, 800  # bytes; beyond that no file can be made
_FREE, _FREE_MEMBER = 4 << 20, 1 << 20  # bytes that even the smallest archive, or member, may fill
_RATIO_MEMBER = 50  # graphs and lists of names shrink further than weights do
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_KINDS = (0, stat.S_IFREG, stat.S_IFDIR)  # of files; 0 where the archive does not say
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{number}"
    for port in ("com", "lpt")
    for number in (*digits, *map(chr, (0xB9, 0xB2, 0xB3)))
}
_FORBIDDEN = frozenset('<>"|?*')  # in names on Windows
_UNWRITABLE = frozenset(map(chr, (*range(32), *range(127, 160), *range(0xD800, 0xE000))))


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive into a folder that is made for it, without compiled forms of models.

    Raises:
        ModelError: If it is damaged, reaches out of the folder, or would fill too much; nothing is
            left of the folder then.
    """
    try:
        with zipfile.ZipFile(archive) as table:
            infos = table.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise rejections.damaged(archive.name, str(error)) from error
    places = _checked(archive, infos)
    folder.mkdir()
    try:
        for info, place in places:
            target = folder / place
            (target if info.is_dir() else target.parent).mkdir(parents=True, exist_ok=True)
            if not info.is_dir():
                with target.open("xb") as file:
                    file.writelines(read_member_in_steps(archive, info, MOST))
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise rejections.not_unpacked(archive.name, error.strerror or str(error)) from error
        raise


def _checked(
    archive: Path, infos: list[zipfile.ZipInfo]
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The members to unpack, with their places in the folder."""
    name = archive.name
    if len(infos) > _MOST_MEMBERS:
        raise rejections.unexpected_content(name, f"{len(infos)} members")
    places = [(info, _place(name, info)) for info in infos]
    _check_clashes(name, places)
    for info in infos:
        check_size(name, info.file_size, info.compress_size, _FREE_MEMBER, _RATIO_MEMBER)
    check_size(name, sum(info.file_size for info in infos), archive.stat().st_size, _FREE)
    # Only what is compiled here is trusted.
    return [each for each in places if _folded(each[1].name) != ONNX_FILE]


def _place(archive: str, info: zipfile.ZipInfo) -> PurePosixPath:
    """A member's place in the folder."""
    name = info.filename
    path = PurePosixPath(name)
    out = path.is_absolute() or ".." in name.split("/") or "\\" in name or ":" in name
    if out or stat.S_ISLNK(info.external_attr >> 16):
        raise rejections.external_reference(archive, name)
    folders = path.parts if info.is_dir() else path.parts[:-1]
    strange = (
        stat.S_IFMT(info.external_attr >> 16) not in _KINDS
        or info.flag_bits & 0x1
        or info.compress_type not in _KNOWN
        or (info.is_dir() and info.file_size)
        or ONNX_FILE in map(_folded, folders)
        or len(str(path).encode("utf-8", "replace")) > _LONGEST_PATH
        or not path.parts
        or not all(map(_can_be_made, path.parts))
    )
    if strange:
        raise rejections.unexpected_content(archive, name)
    return path


def _can_be_made(part: str) -> bool:
    """Whether a file of that name can be made, and is one, on every system."""
    return (
        len(part.encode("utf-8", "replace")) <= _LONGEST_NAME
        and not part.endswith((" ", "."))
        and not _FORBIDDEN & set(part)
        and not _UNWRITABLE & set(part)
        and _folded(part).partition(".")[0].strip() not in _DEVICES
    )


def _check_clashes(archive: str, places: list[tuple[zipfile.ZipInfo, PurePosixPath]]) -> None:
    """No place is taken twice, nor by a file and a folder at once; some systems fold case."""
    files, folders = set(), set()
    for info, path in places:
        place = _folded(str(path))
        folders |= {_folded(str(each)) for each in path.parents}
        if info.is_dir():
            folders.add(place)
        elif place in files:
            raise rejections.unexpected_content(archive, f"{info.filename} twice")
        else:
            files.add(place)
    for place in sorted(files & folders):
        raise rejections.unexpected_content(archive, f"{place}, a file and a folder")


def _folded(name: str) -> str:
    """A name as file systems see it that tell no case apart."""
    return unicodedata.normalize("NFC", name).casefold()
