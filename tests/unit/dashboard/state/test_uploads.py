"""Files that come through an upload widget, and what Streamlit keeps of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile, UploadedFileRec

from dashboard.state import uploads
from dashboard.state.uploads import take_uploads


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """Streamlit's own, with one file of another session in it."""
    storage = MemoryUploadedFileManager("/upload")
    storage.add_file("other", UploadedFileRec("theirs", "b.jpg", "image/jpeg", b"theirs"))
    context = SimpleNamespace(uploaded_file_mgr=storage, session_id="mine")
    monkeypatch.setattr(uploads, "get_script_run_ctx", lambda: context)
    return storage


def uploaded(storage: MemoryUploadedFileManager, name: str) -> UploadedFile:
    record = UploadedFileRec(f"id of {name}", name, "image/jpeg", name.encode())
    storage.add_file("mine", record)
    return UploadedFile(record, FileURLs())


def test_what_was_taken_is_in_streamlits_storage_no_more(storage, monkeypatch):
    files = [uploaded(storage, "a.jpg"), uploaded(storage, "b.jpg")]
    monkeypatch.setattr(st, "session_state", {"key": files})
    assert [file.getvalue() for file in take_uploads("key")] == [b"a.jpg", b"b.jpg"]
    assert not storage.get_files("mine", [file.file_id for file in files])
    assert storage.get_files("other", ["theirs"])


@pytest.mark.parametrize("value", [None, [], DeletedFile("1"), [DeletedFile("1")]])
def test_nothing_is_taken_twice(storage, monkeypatch, value):
    monkeypatch.setattr(st, "session_state", {"key": value})
    assert take_uploads("key") == []


def test_a_single_file_comes_as_one(storage, monkeypatch):
    monkeypatch.setattr(st, "session_state", {"key": uploaded(storage, "model.keras")})
    (file,) = take_uploads("key")
    assert file.getvalue() == b"model.keras"
