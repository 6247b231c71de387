"""Standard output and error that survive a closed pipe and a full disk."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import Any, TextIO


class BrokenPipeSafeStream:
    """Ignores writes after the reader has closed the pipe, as in `| head`.

    Args:
        stream: What to write to. Characters that its encoding lacks are written out as escapes.
            None, as Python has it for a stream that was closed before, takes all and keeps nothing.

    Attributes:
        error: The first error of writing; None while all has arrived.
    """

    def __init__(self, stream: TextIO | None) -> None:
        # Opened before any other file, this takes the number of the stream that was closed.
        self._stream = stream or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
        self.error: OSError | None = None
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write a text; whole lines arrive at once."""
        if self.error is None:
            try:
                self._stream.write(text)
                if "\n" in text:
                    self._stream.flush()
            except OSError as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Let all that was written arrive."""
        if self.error is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._give_up(error)

    def __getattr__(self, name: str) -> Any:
        """All else is the stream's own."""
        return getattr(self._stream, name)

    def _give_up(self, error: OSError) -> None:
        self.error = error
        # What is left in its buffer would raise again when Python ends.
        with suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._stream.fileno())
            os.close(null)
