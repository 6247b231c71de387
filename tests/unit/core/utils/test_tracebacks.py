"""A kept error keeps its lines, and nothing that the calls had in their hands."""

from __future__ import annotations

import traceback
import weakref

import numpy as np

from core.utils.tracebacks import release_frames


def test_a_kept_error_keeps_its_lines_but_no_variables() -> None:
    made: list[weakref.ref[np.ndarray]] = []

    def load() -> None:
        pixels = np.zeros(10)
        made.append(weakref.ref(pixels))
        raise OSError

    def read() -> None:
        data = np.zeros(10)
        made.append(weakref.ref(data))
        try:
            load()
        except OSError as error:
            raise ValueError("a damaged file") from error

    kept = None
    try:
        read()
    except ValueError as error:
        kept = release_frames(error)
    assert kept is not None
    assert [each() for each in made] == [None, None]
    assert "in load" in "".join(traceback.format_exception(kept))
