"""Model files of other families are named by their first bytes, and none of them is run."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import pytest

from core.errors import ModelError
from core.models.files.foreign_formats import is_onnx, reject_foreign
from core.models.registry import MODELS


class Trap:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def error(path: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        reject_foreign(path)
    assert caught.value.facts["name"] == path.name
    return caught.value


@pytest.mark.parametrize("ending", [".keras", ".h5", ".pkl", ".pt"])
@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_named_and_not_run(tmp_path, ending, protocol):
    mark, path = tmp_path / "mark", tmp_path / f"m{ending}"
    path.write_bytes(pickle.dumps(Trap(mark), protocol))
    assert error(path).code == "model_pickle"
    assert not mark.exists()
    pickle.loads(path.read_bytes())
    assert mark.exists(), "the trap itself must work"


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"GGUF\x03", "GGUF"),
        (b"\x1c\x00\x00\x00TFL3", "TensorFlow Lite"),
        (json.dumps({"weight_map": {}}).encode(), "sharded weights"),
        (json.dumps({"weightsManifest": []}).encode(), "TensorFlow.js"),
    ],
)
def test_a_family_is_known_by_its_content(tmp_path, content, form):
    (tmp_path / "m.bin").write_bytes(content)
    found = error(tmp_path / "m.bin")
    assert (found.code, found.facts["form"]) == ("model_foreign", form)


@pytest.mark.parametrize(
    ("member", "code"),
    [("archive/data.pkl", "model_pickle"), ("a.npy", "model_foreign"), ("a/b", "model_packed")],
)
def test_archives_of_other_families_are_distinguished(tmp_path, member, code):
    with zipfile.ZipFile(tmp_path / "m.pt", "w") as file:
        file.writestr(member, b"x")
    assert error(tmp_path / "m.pt").code == code


@pytest.mark.parametrize("content", [b"", b"plain text", b"{ no json", b'{"other": 1}'])
def test_what_is_of_no_known_family_is_left_to_others(tmp_path, content):
    (tmp_path / "m").write_bytes(content)
    assert reject_foreign(tmp_path / "m") is None


def test_an_onnx_file_is_known_by_how_it_begins(tmp_path):
    assert is_onnx(MODELS / "rice-64" / "compiled.onnx")
    for name, content in (("m.pb", b"\x08\x08\x12"), ("m", b"\x08"), ("m", b"\x80\x04\x95")):
        (tmp_path / name).write_bytes(content)
        assert not is_onnx(tmp_path / name)


def test_text_is_called_no_pickle(tmp_path):
    path = tmp_path / "text.onnx"
    path.write_bytes(b"hello world\n" * 40)
    reject_foreign(path)  # nothing it knows: what opens ONNX files says why this is none
