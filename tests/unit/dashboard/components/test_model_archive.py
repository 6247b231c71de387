"""Archives of models: unpacked into their folder and nowhere else."""

from __future__ import annotations

import errno
import os
import warnings
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from core.errors import ModelError
from dashboard.components import model_archive, model_upload


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as table, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that stand twice
        for name, data in members:
            table.writestr(name, data)
    return file.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


def test_an_archive_is_unpacked_into_its_folder(tmp_path):
    data = archive(
        ("net/saved_model.pb", b"graph"), ("net/variables/variables.index", b"i"),
        ("__MACOSX/._net", b""), ("net/Compiled.onnx", b"another model"),
    )  # fmt: skip
    path = model_upload.place("my net.zip", data, tmp_path)
    assert path == tmp_path / "my net" / "net"
    assert (path / "saved_model.pb").read_bytes() == b"graph"
    assert (path / "variables" / "variables.index").read_bytes() == b"i"
    assert not (tmp_path / "my net.zip").exists()
    assert not list(tmp_path.rglob("*.onnx"))


def a_pipe(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o010666 << 16
    return info


HOSTILE = [
    ([("../out.txt", b"x")], "model_elsewhere"),
    ([("/etc/out.txt", b"x")], "model_elsewhere"),
    ([("a/../../out.txt", b"x")], "model_elsewhere"),
    ([("C:\\out.txt", b"x")], "model_elsewhere"),
    ([("c:out.txt", b"x")], "model_elsewhere"),
    ([(link("net"), b"/etc"), ("net/out.txt", b"x")], "model_elsewhere"),
    ([("a", b"1"), ("a", b"2")], "model_strange"),
    ([("Model.h5", b"1"), ("model.H5", b"2")], "model_strange"),
    ([("\u00e9.h5", b"1"), ("e\u0301.h5", b"2")], "model_strange"),
    ([("net", b"1"), ("net/a.h5", b"2")], "model_strange"),
    ([("net/a.h5", b"1"), ("Net", b"2")], "model_strange"),
    ([("net/a.h5", b"1"), ("net/a.h5/", b"")], "model_strange"),
    ([("compiled.onnx/", b"")], "model_strange"),
    ([("net/Compiled.onnx/", b"")], "model_strange"),
    ([("compiled.onnx/a.h5", b"x")], "model_strange"),
    ([("n" * 300, b"x")], "model_strange"),
    ([("n" * 300 + "/", b"")], "model_strange"),
    ([("\u7c73" * 100, b"x")], "model_strange"),
    ([("a/" * 500 + "b", b"x")], "model_strange"),
    ([("CON", b"x")], "model_strange"),
    ([("net/nul.h5", b"x")], "model_strange"),
    ([("com1 .txt", b"x")], "model_strange"),
    ([("model.h5.", b"x")], "model_strange"),
    ([("model.h5 ", b"x")], "model_strange"),
    ([("a?b", b"x")], "model_strange"),
    ([("a\nb", b"x")], "model_strange"),
    ([(a_pipe("model.h5"), b"")], "model_strange"),
    ([("net/", b"full")], "model_strange"),
    ([(f"{number}", b"") for number in range(1001)], "model_strange"),
    ([("bomb", bytes(200 << 20))], "model_too_large"),
    ([("zeros.h5", bytes(2 << 20))], "model_too_large"),
    ([(f"{number}.h5", bytes(1 << 20)) for number in range(6)], "model_too_large"),
]


@pytest.mark.parametrize(("members", "code"), HOSTILE)
def test_a_hostile_archive_is_refused_before_a_byte_of_it_is_written(
    tmp_path, monkeypatch, members, code
):
    made = []
    monkeypatch.setattr(Path, "mkdir", lambda folder, *_, **__: made.append(folder))
    with pytest.raises(ModelError) as error:
        model_upload.place("net.zip", archive(*members), tmp_path)
    assert error.value.code == code
    assert not made
    assert not list(tmp_path.iterdir())


def test_a_member_that_is_not_what_the_directory_says_leaves_nothing_behind(tmp_path):
    data = archive(("net/labels.txt", b"rice"), ("net/model.h5", b"weights"))
    data = data.replace(zlib.crc32(b"weights").to_bytes(4, "little"), bytes(4))
    with pytest.raises(ModelError) as error:
        model_upload.place("net.zip", data, tmp_path)
    assert error.value.code == "model_damaged"
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(archive, info, most):
        yield b"first"
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(model_archive, "read_member_in_steps", full)
    with pytest.raises(ModelError) as error:
        model_upload.place("net.zip", archive(("net/model.h5", b"weights")), tmp_path)
    assert error.value.code == "model_not_unpacked"
    assert "No space left" in str(error.value)
    assert not list(tmp_path.iterdir())


def test_weights_and_graphs_of_real_kind_pass(tmp_path):
    weights, graph = os.urandom(1 << 20), b"".join(b"node_%d conv2d" % n for n in range(99_999))
    data = archive(("net/variables/variables.data-00000-of-00001", weights), ("net/g.pb", graph))
    path = model_upload.place("net.zip", data, tmp_path)
    assert (path / "g.pb").read_bytes() == graph
    assert (path / "variables" / "variables.data-00000-of-00001").read_bytes() == weights


def test_a_long_name_of_another_script_is_cut(tmp_path):
    path = model_upload.place("\u7c73" * 200 + ".keras", b"x", tmp_path)
    assert path.read_bytes() == b"x"


def test_an_archive_that_is_none_is_refused(tmp_path):
    with pytest.raises(ModelError) as error:
        model_upload.place("net.zip", b"PK\x03\x04 no archive", tmp_path)
    assert error.value.code == "model_damaged"
