"""Start of TensorFlow without its libraries' greetings, which no option of theirs turns off."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_STDERR = 2
# Before its log is set up, nothing filters it: that there is no GPU is said five times.
_GREETING = re.compile(rb"WARNING: All log messages before absl|[IW]\d{4} |E\d{4} .*cuInit")


def start_tensorflow() -> None:
    """Import TensorFlow and let it look for devices, once; errors go to stderr as ever."""
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with without_greetings():
        import tensorflow as tf

        tf.config.list_logical_devices()


@contextmanager
def without_greetings() -> Iterator[None]:
    """Hold back what native code writes to stderr, and write it at the end but for greetings."""
    with ExitStack() as opened:
        try:
            held = opened.enter_context(tempfile.TemporaryFile())
            kept = os.dup(_STDERR)
        except OSError:  # there is no place for a file, or it is closed
            yield
            return
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
            held.seek(0)
            for line in held:
                if not _GREETING.match(line):
                    os.write(_STDERR, line)
