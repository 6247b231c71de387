"""A stream goes on when its reader is gone or its disk is full, and shows what it cannot encode."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from core.cli.output_streams import BrokenPipeSafeStream
from tests.conftest import ROOT


def piped(encoding="utf-8"):
    """A pipe's two ends: one to read bytes from, one to write text to."""
    read, write = os.pipe()
    return os.fdopen(read, "rb"), os.fdopen(write, "w", encoding=encoding)


def test_whole_lines_arrive_at_once():
    reader, writer = piped()
    with reader, writer:
        print("米 one", file=BrokenPipeSafeStream(writer))
        assert reader.readline() == "米 one\n".encode()


def test_who_has_gone_is_not_written_to_any_more():
    reader, writer = piped()
    with writer:
        stream = BrokenPipeSafeStream(writer)
        reader.close()
        for _ in range(3):
            print("nobody reads this", file=stream)
        stream.flush()
    assert isinstance(stream.error, BrokenPipeError)


@pytest.mark.parametrize("method", ["write", "flush"])
def test_the_first_error_is_kept(method):
    class Full(io.StringIO):
        def write(self, text):
            if method == "write":
                raise OSError(28, "No space left on device")
            return super().write(text)

        def flush(self):
            raise OSError(28, "No space left on device")

    stream = BrokenPipeSafeStream(Full())
    stream.write("no line")
    stream.flush()
    assert stream.error.strerror == "No space left on device"


def test_what_the_encoding_lacks_is_written_out():
    reader, writer = piped("ascii")
    with reader:
        with writer:
            print(os.fsdecode(b"rice-\xff"), "もち", file=BrokenPipeSafeStream(writer))
        assert reader.read() == b"rice-\\udcff \\u3082\\u3061\n"


def test_all_else_is_the_streams_own():
    assert BrokenPipeSafeStream(io.StringIO("text")).getvalue() == "text"
    assert not BrokenPipeSafeStream(io.StringIO()).isatty()


def run_models(stdout):
    command = [sys.executable, "-m", "core", "models"]
    return subprocess.Popen(command, cwd=ROOT, stdout=stdout, stderr=subprocess.PIPE, text=True)


def test_a_reader_that_has_gone_is_no_error():
    read, write = os.pipe()
    with run_models(write) as done:
        os.close(write)
        os.close(read)
        assert (done.stderr.read(), done.wait()) == ("", 0)


@pytest.mark.skipif(os.name != "posix", reason="of a POSIX shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", ">&- 2>&- <&-"])
def test_a_stream_that_is_closed_is_no_error(closed):
    command = f'"{sys.executable}" -m core models {closed}'
    assert subprocess.run(command, shell=True, cwd=ROOT, capture_output=True).returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_an_answer_that_cannot_be_written_is_said():
    with open("/dev/full", "w") as full, run_models(full) as done:
        assert done.stderr.read() == (
            "error: the answer cannot be written (No space left on device)\n"
        )
        assert done.wait() == 1
