"""Archives of models: unpacked into their folder and nowhere else."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from core.errors import ModelError
from dashboard.components import model_upload


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as table:
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
        ("__MACOSX/._net", b""), ("net/compiled.onnx", b"another model"),
    )  # fmt: skip
    path = model_upload.place("my net.zip", data, tmp_path)
    assert path == tmp_path / "my net" / "net"
    assert (path / "saved_model.pb").read_bytes() == b"graph"
    assert (path / "variables" / "variables.index").read_bytes() == b"i"
    assert not (tmp_path / "my net.zip").exists()
    assert not list(tmp_path.rglob("compiled.onnx"))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ([("../out.txt", b"x")], "model_elsewhere"),
        ([("/etc/out.txt", b"x")], "model_elsewhere"),
        ([("a/../../out.txt", b"x")], "model_elsewhere"),
        ([("C:\\out.txt", b"x")], "model_elsewhere"),
        ([(link("net"), b"/etc"), ("net/out.txt", b"x")], "model_elsewhere"),
        ([("bomb", bytes(200 << 20))], "model_too_large"),
        ([("a", b"1"), ("a", b"2")], "model_strange"),
        ([(f"{number}", b"") for number in range(1001)], "model_strange"),
    ],
)
def test_a_hostile_archive_leaves_nothing_behind(tmp_path, members, code):
    inside = tmp_path / "visit"
    inside.mkdir()
    with pytest.raises(ModelError) as error:
        model_upload.place("net.zip", archive(*members), inside)
    assert error.value.code == code
    assert not list(tmp_path.rglob("out.txt"))
    assert [each.name for each in tmp_path.iterdir()] == ["visit"]
    written = sum(file.stat().st_size for file in inside.rglob("*") if file.suffix != ".zip")
    assert written < 1 << 20


def test_an_archive_that_is_none_is_told(tmp_path):
    with pytest.raises(ModelError) as error:
        model_upload.place("net.zip", b"PK\x03\x04 no archive", tmp_path)
    assert error.value.code == "model_damaged"
