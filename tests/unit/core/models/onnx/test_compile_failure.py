"""Why a model was not compiled is remembered for as long as nothing that compiles it changes."""

from __future__ import annotations

import pytest

from core.models.onnx import compile_failure
from core.models.onnx.compile_failure import record_failure, recorded_failure


def test_a_failure_is_remembered_until_a_library_changes(tmp_path, monkeypatch):
    folder = tmp_path / "cache" / "model"
    assert recorded_failure(folder) is None
    record_failure("ONNX has no counterpart of Odd.", folder)
    assert recorded_failure(folder) == "ONNX has no counterpart of Odd."
    now = compile_failure._compiler()
    assert now["onnxruntime"]
    monkeypatch.setattr(compile_failure, "_compiler", lambda: now | {"tf2onnx": "9.9"})
    assert recorded_failure(folder) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"[" * 9999, b"\xff", b'{"reason": "x"}'])
def test_a_damaged_note_is_none(tmp_path, content):
    (tmp_path / "not_compiled.json").write_bytes(content)
    assert recorded_failure(tmp_path) is None


def test_where_it_cannot_be_noted_it_is_tried_again(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    record_failure("reason", tmp_path / "file" / "folder")
    assert recorded_failure(tmp_path / "file" / "folder") is None
