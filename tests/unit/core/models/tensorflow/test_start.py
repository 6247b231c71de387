"""TensorFlow starts without greetings, and what is no greeting still arrives."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest

from core.models.tensorflow.start import start_tensorflow, without_greetings

GREETINGS = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"I0000 00:00:1796089508.193358   22349 cudart_stub.cc:31] Could not find cuda drivers\n",
    b"E0000 00:00:1796089533.150802   22349 cuda_platform.cc:52] failed call to cuInit: INTERNAL\n",
)
WORDS = (b"E0000 00:00:17.1 22 x.cc:1] the disk is full\n", b"Traceback: a sentence\n")


def test_only_greetings_are_held_back(capfd):
    with without_greetings():
        for line in (*GREETINGS, *WORDS):
            os.write(2, line)
        assert capfd.readouterr().err == ""
    assert capfd.readouterr().err == b"".join(WORDS).decode()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_what_was_said_before_an_error_arrives(capfd):
    def fail():
        os.write(2, WORDS[0])
        raise ImportError

    with pytest.raises(ImportError), without_greetings():
        fail()
    assert "the disk is full" in capfd.readouterr().err


def test_without_a_place_for_a_file_all_is_said(capfd, monkeypatch):
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: os.stat(os.devnull + "/absent"))
    with without_greetings():
        os.write(2, GREETINGS[0])
    assert capfd.readouterr().err == GREETINGS[0].decode()


def test_what_is_started_is_not_started_again(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", object())
    start_tensorflow()


@pytest.mark.tensorflow
def test_tensorflow_starts_without_a_word():
    code = "from core.models.tensorflow.start import start_tensorflow; start_tensorflow()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
