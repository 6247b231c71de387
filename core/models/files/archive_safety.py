"""Safety check of a `.keras` archive, without unpacking it.

`zipfile` believes an archive's own table; a hostile one says less there than it unfolds to, reaches
out of its folder by names and links, or hides members. Here only what Keras writes is let through,
and every member is unfolded by ourselves, step by step, to no more than it declared.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from core.models.files.rejections import damaged, external_reference, too_large, unexpected_content
from core.models.files.size_safety import check_size

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_FOLDER = "assets/"  # Keras makes it for vocabularies; a photo classifier has none
_MOST_MEMBERS = 1000
_STEP = 1 << 20
_LOCAL_HEADER = 30  # bytes, of which the last two pairs are the lengths of name and extra field


def member_names(path: Path) -> list[str]:
    """The members' names, as the archive's table lists them.

    Raises:
        ModelError: If it is no whole archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged(path.name, str(error)) from error


def checked_members(path: Path) -> dict[str, zipfile.ZipInfo]:
    """The members of a `.keras` archive, by name, once all of them are such as Keras writes.

    Raises:
        ModelError: If any is not.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged(path.name, str(error)) from error
    if len(infos) > _MOST_MEMBERS:
        raise unexpected_content(path.name, f"{len(infos)} members")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        _check_member(path.name, info)
        if info.filename in found:
            raise unexpected_content(path.name, f"{info.filename} twice")
        found[info.filename] = info
    for name in (CONFIG, METADATA, WEIGHTS):
        if name not in found:
            raise damaged(path.name, f"no {name}")
    if min(info.header_offset for info in infos) != 0:
        raise unexpected_content(path.name, "something before the archive")
    check_size(path.name, sum(info.file_size for info in infos), path.stat().st_size)
    return found


def _check_member(name: str, info: zipfile.ZipInfo) -> None:
    file, mode = info.filename, info.external_attr >> 16
    if file.startswith(("/", "\\")) or ":" in file or ".." in file.replace("\\", "/").split("/"):
        raise external_reference(name, file)
    if stat.S_ISLNK(mode):
        raise external_reference(name, f"link {file}")
    if file not in (CONFIG, METADATA, WEIGHTS, _FOLDER) or (file == _FOLDER and info.file_size):
        raise unexpected_content(name, file)
    if info.flag_bits & 0x1:
        raise unexpected_content(name, f"{file}, encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise unexpected_content(name, f"{file}, compression method {info.compress_type}")
    if info.compress_type == zipfile.ZIP_STORED and info.file_size != info.compress_size:
        raise unexpected_content(name, f"{file}, two sizes")


def read_member(path: Path, info: zipfile.ZipInfo, most: int) -> bytes:
    """A member's content.

    Args:
        path: The archive.
        info: The member, from `checked_members`.
        most: Bytes it may have.

    Raises:
        ModelError: If it has more, or is not what the archive's table says of it.
    """
    return b"".join(read_member_in_steps(path, info, most))


def read_member_in_steps(path: Path, info: zipfile.ZipInfo, most: int) -> Iterator[bytes]:
    """A member's content as `read_member`, in pieces of at most 1 MiB; wrong ones end in an error.

    Raises:
        ModelError: As `read_member`.
    """
    if info.file_size > most:
        raise too_large(path.name, info.file_size, most)
    size, check = 0, 0
    plain = info.compress_type == zipfile.ZIP_STORED
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        with path.open("rb") as file:
            file.seek(info.header_offset)
            header = file.read(_LOCAL_HEADER)
            if header[:4] != b"PK\x03\x04":
                raise damaged(path.name, f"no {info.filename} where the table says")
            file.seek(sum(struct.unpack("<HH", header[26:30])), 1)
            left = info.compress_size
            while left:
                step = file.read(min(left, _STEP))
                if not step:
                    raise damaged(path.name, f"{info.filename} ends too early")
                left -= len(step)
                while step:
                    piece = step if plain else inflate.decompress(step, _STEP)
                    size, check = size + len(piece), zlib.crc32(piece, check)
                    # More than declared is where a bomb hides from a reader who trusts the table.
                    if size > info.file_size:
                        raise too_large(path.name, size, info.file_size)
                    yield piece
                    step = b"" if plain else inflate.unconsumed_tail
    except (OSError, struct.error, zlib.error) as error:
        raise damaged(path.name, f"{info.filename}: {error}") from error
    whole = plain or (inflate.eof and not inflate.unused_data)
    if not whole or size != info.file_size or check != info.CRC:
        raise damaged(path.name, f"{info.filename} is not what was stored")
