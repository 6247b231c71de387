"""Limits on the memory and disk that a model file takes, against decompression bombs."""

from __future__ import annotations

from core.models.files.rejections import too_large

MOST = 4 << 30  # bytes; the largest image classifiers in use need less than 2 GiB
_FREE = 64 << 20  # bytes that even the smallest file may fill
_RATIO = 20  # trained weights hardly shrink; what does so twentyfold is made to


def check_size(
    name: str, declared: int, stored: int, free: int = _FREE, ratio: int = _RATIO
) -> None:
    """Refuse what would fill far more than is stored.

    Args:
        name: The file's name.
        declared: Bytes that the file says it unfolds to.
        stored: Bytes of it that are really there.
        free: Bytes that it may fill however little is stored.
        ratio: How many times what is stored it may fill beyond that.

    Raises:
        ModelError: If it is more than 4 GiB, or more than both `free` and `ratio` allow.

    Example:
        >>> check_size("model.h5", 30 << 20, 29 << 20)
        >>> check_size("model.h5", 1 << 30, 1 << 20)
        Traceback (most recent call last):
        ...
        core.errors.ModelError: model.h5 would fill 1024 MB of memory or disk; a file like this \
may fill at most 64 MB. Save a smaller model, or, if this one should be small, get it again from \
its maker.
    """
    limit = min(MOST, max(free, ratio * stored))
    if declared > limit:
        raise too_large(name, declared, limit)
