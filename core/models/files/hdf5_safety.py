"""Safety check of an HDF5 file, without following or reading anything it points to.

HDF5 is a file system in a file: links and data may lie in any other file of the machine, a few
bytes may declare any number of them, and filters may call plug-ins. A model's weights use none of
that. Objects are opened by `h5py`'s low-level calls, because the high-level ones follow links.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import h5py
from h5py import h5a, h5d, h5g, h5l, h5o, h5t, h5z

from core.errors import ModelError
from core.models.files.rejections import damaged, external_reference, unexpected_content
from core.models.files.size_safety import check_size

_MOST_OBJECTS = 100_000
_DEEPEST = 64  # groups in groups; a nested Keras model has about a dozen
_LONGEST_ATTRIBUTE = 16 << 20  # bytes; the largest is the model's configuration, about 1 MB
_LARGEST_CHUNK = 64 << 20
_FILTERS = {h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32, h5z.FILTER_LZF}
_NUMBERS = {h5t.INTEGER, h5t.FLOAT, h5t.ENUM}  # h5py writes booleans as ENUM
_NARROW = 2  # bytes; numbers HDF5 has no type for (bfloat16, float8) are OPAQUE of this width


@contextmanager
def open_hdf5(source: Path | BinaryIO, name: str) -> Iterator[h5py.File]:
    """An HDF5 file, open for reading; whatever HDF5 stumbles over there is told as damage.

    Raises:
        ModelError: If it is cut off or corrupt.
    """
    try:
        with h5py.File(source, "r") as file:
            yield file
    except ModelError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise damaged(name, (str(error).splitlines() or [type(error).__name__])[0]) from error


def text_attribute(holder: Any, attribute: str, name: str) -> str | None:
    """One text attribute of an open file or group; None where there is none.

    Raises:
        ModelError: If it is no single text, or longer than 16 MiB.
    """
    key = attribute.encode()
    if not h5a.exists(holder.id, key):
        return None
    described = h5a.open(holder.id, key)
    _check_attribute(described, name)
    single = described.get_space().get_simple_extent_npoints() == 1
    if described.get_type().get_class() != h5t.STRING or not single:
        raise unexpected_content(name, f"attribute {attribute}")
    value = holder.attrs[attribute]
    value = value if isinstance(value, str | bytes) else value.item()
    if len(value) > _LONGEST_ATTRIBUTE:
        raise unexpected_content(name, f"attribute {attribute}, {len(value) >> 20} MB")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def has_attribute(file: h5py.File, group: str, attribute: str) -> bool:
    """Whether a file's own group, not one behind a link, has an attribute."""
    own = isinstance(file.get(group, getlink=True), h5py.HardLink)
    return own and h5a.exists(file.id, attribute.encode(), obj_name=group.encode())


def check_hdf5(file: h5py.File, name: str, stored: int) -> None:
    """Refuse an HDF5 file that is more than a tree of numbers.

    Args:
        file: As `open_hdf5` gives it.
        name: The model file's name, for the sentence.
        stored: Bytes of the HDF5 file.

    Raises:
        ModelError: If anything in it points elsewhere, is no number, or unfolds without measure.
    """
    if file.userblock_size:
        raise unexpected_content(name, "a user block before the data")
    seen: set[Any] = set()
    declared = 0
    waiting = [(h5g.open(file.id, b"/"), "/", 0)]
    while waiting:
        item, path, depth = waiting.pop()
        place = h5o.get_info(item).addr
        if place in seen:
            raise unexpected_content(name, f"{path} is also found under another name")
        seen.add(place)
        if len(seen) > _MOST_OBJECTS or depth > _DEEPEST:
            raise unexpected_content(name, f"{len(seen)} objects, {depth} deep")
        for number in range(h5a.get_num_attrs(item)):
            _check_attribute(h5a.open(item, index=number), name)
        if isinstance(item, h5d.DatasetID):
            declared += _declared(item, name, path)
            check_size(name, declared, stored)
        elif isinstance(item, h5g.GroupID):
            for key in item:
                below = f"{path.rstrip('/')}/{key.decode('utf-8', 'replace')}"
                if item.links.get_info(key).type != h5l.TYPE_HARD:
                    raise external_reference(name, f"HDF5 link {below}")
                waiting.append((h5o.open(item, key), below, depth + 1))
        else:
            raise unexpected_content(name, f"named type {path}")


def _check_attribute(attribute: h5a.AttrID, name: str) -> None:
    kind = attribute.get_type()
    shown = attribute.name.decode("utf-8", "replace")
    if kind.get_class() not in _NUMBERS | {h5t.STRING}:
        raise unexpected_content(name, f"attribute {shown}")
    if attribute.get_space().get_simple_extent_npoints() * kind.get_size() > _LONGEST_ATTRIBUTE:
        raise unexpected_content(name, f"attribute {shown}, too long")


def _declared(dataset: h5d.DatasetID, name: str, path: str) -> int:
    """Bytes that a dataset unfolds to, once it is known to hold nothing but its own numbers."""
    made = dataset.get_create_plist()
    # Asked before the shape: to tell a virtual dataset's shape, HDF5 opens the files behind it.
    if made.get_layout() == h5d.VIRTUAL:
        raise external_reference(name, f"virtual HDF5 dataset {path}")
    if made.get_external_count():
        raise external_reference(name, f"HDF5 dataset {path} stored in another file")
    for number in range(made.get_nfilters()):
        if made.get_filter(number)[0] not in _FILTERS:
            raise unexpected_content(name, f"HDF5 filter {made.get_filter(number)[0]} of {path}")
    kind = dataset.get_type()
    narrow = kind.get_class() == h5t.OPAQUE and kind.get_size() <= _NARROW
    if kind.get_class() not in _NUMBERS and not narrow:
        raise unexpected_content(name, f"{path} holds no numbers")
    size = int(dataset.get_space().get_simple_extent_npoints()) * kind.get_size()
    if made.get_layout() == h5d.CHUNKED:
        chunk = prod(made.get_chunk()) * kind.get_size()
        if chunk > max(_LARGEST_CHUNK, size):
            raise unexpected_content(name, f"HDF5 chunk of {chunk >> 20} MB in {path}")
    return size
