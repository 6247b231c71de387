"""Names of files and folders as text."""

from __future__ import annotations


def printable(name: str) -> str:
    r"""A file's name as text; bytes in it that are none are written out.

    Example:
        >>> import os
        >>> printable("rice.jpg"), printable(os.fsdecode(b"rice-\xff.jpg"))
        ('rice.jpg', 'rice-\\udcff.jpg')
    """
    return name.encode("utf-8", "backslashreplace").decode()
