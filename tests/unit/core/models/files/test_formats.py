"""What kind a model file is, by its content; what it is instead, by name."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from core.errors import ModelError
from core.models.files.formats import KINDS, recognise
from tests.support.hostile_files import archive, h5, weights


def error(path: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        recognise(path)
    assert caught.value.facts["name"] == path.name or path.is_dir()
    return caught.value


@pytest.mark.parametrize("ending", [".keras", ".h5", ".bin", ""])
def test_content_counts_not_the_ending(tmp_path, ending):
    archived = recognise(archive(tmp_path / f"a{ending}"))
    assert (archived.kind, archived.generation) == ("keras", 3)
    assert archived.versions == {"keras": "3.15.1"}
    assert archived.config["class_name"] == "Sequential"
    whole = recognise(h5(tmp_path / f"b{ending}"))
    assert (whole.kind, whole.generation, whole.versions) == ("h5", 2, {"keras": "2.15.0"})
    assert whole.config["config"]["layers"][0]["class_name"] == "Dense"
    (tmp_path / f"c{ending}").write_bytes(weights())
    assert recognise(tmp_path / f"c{ending}").kind == "weights"
    assert {archived.kind, whole.kind, "weights"} < set(KINDS)


@pytest.mark.parametrize(
    ("version", "generation"), [("1.2.2", 2), ("2.15.0", 2), ("3.0.0-dev", 3), ("", 2), ("x", 2)]
)
def test_the_generation_is_the_versions(tmp_path, version, generation):
    assert recognise(h5(tmp_path / "m.h5", version=version)).generation == generation


def test_a_folder_with_one_model_is_that_model(tmp_path):
    archive(tmp_path / "model.keras")
    (tmp_path / "card.json").write_text("{}")
    (tmp_path / "compiled.onnx").write_bytes(b"\x08\x08\x12\x07")
    assert recognise(tmp_path).path == tmp_path / "model.keras"
    (tmp_path / "model.keras").rename(tmp_path / "other.keras")
    assert recognise(tmp_path).path == tmp_path / "other.keras"
    h5(tmp_path / "second.h5")
    assert "other.keras, second.h5" in str(error(tmp_path))


def test_teachable_machines_export_is_a_savedmodel_with_its_labels(tmp_path):
    inner = tmp_path / "model.savedmodel"
    inner.mkdir()
    (inner / "saved_model.pb").write_bytes(b"\x08\x01")
    (tmp_path / "labels.txt").write_text("0 Basmati\n1 IR64\n2 もち米\n", "utf-8")
    for path in (tmp_path, inner, inner / "saved_model.pb"):
        found = recognise(path)
        assert (found.kind, found.path, found.generation) == ("savedmodel", inner, 0)
        assert [each.names for each in found.labels] == [("Basmati", "IR64", "もち米")]
    (inner / "keras_metadata.pb").write_bytes(b"")
    assert recognise(inner).generation == 2


def test_labels_behind_a_link_are_not_read(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "m").mkdir()
    h5(tmp_path / "m" / "m.h5")
    (tmp_path / "m" / "labels.txt").symlink_to(tmp_path / "secret")
    assert recognise(tmp_path / "m" / "m.h5").labels == ()
    assert error(tmp_path / "m").code == "model_elsewhere"


def test_a_checkpoint_is_known_by_any_of_its_names(tmp_path):
    (tmp_path / "ck-7.index").write_bytes(b"\x00" * 40 + bytes.fromhex("57fb808b247547db"))
    (tmp_path / "ck-7.data-00000-of-00001").write_bytes(b"\x00")
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "/elsewhere/ck"')
    for name in ("", "ck-7", "ck-7.index", "ck-7.data-00000-of-00001"):
        found = recognise(tmp_path / name)
        assert (found.kind, found.path) == ("checkpoint", tmp_path / "ck-7")
    (tmp_path / "ck-7.index").write_bytes(b"\x00" * 48)
    assert error(tmp_path / "ck-7.index").code == "model_unknown"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.tflite", b"\x1c\x00\x00\x00TFL3\x14\x00", "TensorFlow Lite"),
        ("m.bin", (9).to_bytes(8, "little") + b'{"a": {}}', "safetensors"),
        ("m.npy", b"\x93NUMPY\x01\x00", "NumPy"),
        ("model.json", json.dumps({"modelTopology": {}}).encode(), "TensorFlow.js"),
        ("model.json", json.dumps({"class_name": "M"}).encode(), "without weights"),
        ("m.tar.gz", b"\x1f\x8b\x08\x00", "Unpack"),
        ("m.keras", b"", "0 bytes"),
        ("m.keras", b"PK\x03\x04 and no more", "damaged"),
        ("m.h5", b"\x89HDF\r\n\x1a\n and no more", "damaged"),
        ("notes.txt", b"Notes. Not a model.", ".keras"),
        ("m.pb", b"\x0a\x05graph", ".keras"),
    ],
)
def test_what_is_no_model_is_refused_with_the_way_out(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    assert said in str(error(tmp_path / name))
    if content:
        assert said in str(error(tmp_path)) or name == "notes.txt"


@pytest.mark.parametrize("make", [archive, h5])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_damaged(tmp_path, make, kept):
    path = make(tmp_path / "m")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    assert error(path).code == "model_damaged"


def test_an_unpacked_archive_is_sent_back_to_its_file(tmp_path):
    with zipfile.ZipFile(archive(tmp_path / "m.keras")) as file:
        file.extractall(tmp_path / "m")
    assert error(tmp_path / "m").code == "model_unpacked"


def test_other_hdf5_files_and_odd_paths_hold_no_model(tmp_path):
    with h5py.File(tmp_path / "photos.h5", "w") as file:
        file["photos"] = np.zeros(3)
    for path in (tmp_path / "photos.h5", tmp_path / "absent", Path("/dev/null")):
        assert error(path).code == "model_unknown"


@pytest.mark.parametrize("config", ["[]", "no json", "[" * 100_000, "9" * 10_000])
def test_a_description_that_is_none_is_damage(tmp_path, config):
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = config
    assert error(tmp_path / "m.h5").code == "model_damaged"


def test_an_onnx_file_is_a_model_and_a_compiled_form_beside_it_is_none(tmp_path):
    (tmp_path / "classes.txt").write_text("a\nb\n")
    for name in ("compiled.onnx", "net.onnx"):
        (tmp_path / name).write_bytes(b"\x08\x08\x12\x07pytorch:")
    assert recognise(tmp_path) == recognise(tmp_path / "net.onnx")
    found = recognise(tmp_path / "net.onnx")
    assert (found.kind, found.path.name, found.labels[0].names) == ("onnx", "net.onnx", ("a", "b"))
    (tmp_path / "net.onnx").unlink()
    assert error(tmp_path).code == "model_unknown"
