"""Hostile `.keras` archives: none is unfolded beyond what it may, none reaches out of itself."""

from __future__ import annotations

import json
import os
import warnings
import zipfile

import h5py
import numpy as np
import pytest

from core.errors import ModelError
from core.models.files.formats import recognise
from core.models.files.safety import check
from tests.support.hostile_files import archive, little_memory, refused, understate, weights


def test_an_honest_archive_passes_stored_or_deflated(tmp_path):
    check(recognise(archive(tmp_path / "m.keras", **{"assets/": b""})))
    with (
        zipfile.ZipFile(tmp_path / "m.keras") as plain,
        zipfile.ZipFile(tmp_path / "d.keras", "w", zipfile.ZIP_DEFLATED) as deflated,
    ):
        for name in plain.namelist():
            deflated.writestr(name, plain.read(name))
    check(recognise(tmp_path / "d.keras"))


@pytest.mark.parametrize("member", ["model.weights.h5", "config.json"])
def test_a_bomb_is_refused_before_it_unfolds(tmp_path, member):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("metadata.json", "{}")
        for name in ("config.json", "model.weights.h5"):
            with file.open(name, "w") as out:
                for _ in range(100 if name == member else 0):
                    out.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    with little_memory():
        error = refused(path, "model_too_large")
    assert error.facts["megabytes"] >= 100
    assert os.listdir(tmp_path) == ["m.keras"]


@pytest.mark.parametrize("member", ["model.weights.h5", "config.json"])
def test_a_bomb_that_understates_itself_is_refused(tmp_path, member):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("metadata.json", "{}")
        for name in ("config.json", "model.weights.h5"):
            file.writestr(name, bytes(100 << 20) if name == member else "{}")
    understate(path, member, 50)
    with little_memory():
        refused(path, "model_too_large")


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ("../outside", "model_elsewhere"),
        ("/outside", "model_elsewhere"),
        ("assets/../../outside", "model_elsewhere"),
        ("..\\outside", "model_elsewhere"),
        ("C:outside", "model_elsewhere"),
        ("assets/vocabulary.txt", "model_strange"),
        ("model.weights.npz", "model_strange"),
        ("code.py", "model_strange"),
    ],
)
def test_only_what_keras_writes_is_let_through(tmp_path, member, code):
    (tmp_path / "in").mkdir()
    assert member in str(refused(archive(tmp_path / "in" / "m.keras", **{member: b"x"}), code))
    assert os.listdir(tmp_path) == ["in"]


def test_a_link_in_an_archive_is_refused(tmp_path):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as file:
        link = zipfile.ZipInfo("model.weights.h5")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("config.json", "{}")
        file.writestr("metadata.json", "{}")
    refused(path, "model_elsewhere")


def test_a_member_that_stands_twice_is_refused(tmp_path):
    path = archive(tmp_path / "m.keras")
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as file:
        warnings.simplefilter("ignore")
        file.writestr("config.json", "{}")
    refused(path, "model_strange")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_keras_does_not_use_are_refused(tmp_path, method):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w", method) as file:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            file.writestr(name, "{}")
    refused(path, "model_strange")


def test_encrypted_members_are_refused(tmp_path):
    path = archive(tmp_path / "m.keras")
    data = bytearray(path.read_bytes())
    data[data.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    refused(path, "model_strange")


def test_something_before_the_archive_is_refused(tmp_path):
    path = archive(tmp_path / "m.keras")
    path.write_bytes(b"PK\x03\x04 a story " + path.read_bytes())
    refused(path, "model_strange")


@pytest.mark.parametrize("missing", ["metadata.json", "config.json", "model.weights.h5"])
def test_a_missing_member_is_named(tmp_path, missing):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as file:
        for name in {"metadata.json", "config.json", "model.weights.h5"} - {missing}:
            file.writestr(name, "{}")
    assert missing in str(refused(path, "model_damaged"))


def test_any_flipped_byte_of_a_member_is_noticed_or_harmless(tmp_path):
    path = archive(tmp_path / "m.keras", held=weights())
    whole = path.read_bytes()
    at = whole.find(b"\x89HDF")
    for place in range(at, at + 2000, 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        refused(path, "model_damaged")


def test_two_models_in_one_file_are_refused(tmp_path):
    """A library that goes by the ending would open the other one."""
    held = weights()
    (tmp_path / "m.keras").write_bytes(held)
    with zipfile.ZipFile(tmp_path / "m.keras", "a") as file:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            file.writestr(name, "{}")
    refused(tmp_path / "m.keras", "model_strange")
    path = tmp_path / "m.h5"
    with zipfile.ZipFile(path, "w") as file:
        start = 30 + len("config.json")
        blank = json.dumps({}).ljust(1024 - start - 30 - len("model.weights.h5"))
        file.writestr("config.json", blank)
        file.writestr("model.weights.h5", held)
        file.writestr("metadata.json", "{}")
    assert h5py.is_hdf5(path)
    refused(path, "model_strange")


def test_no_random_archive_makes_anything_but_a_refusal(tmp_path):
    whole = archive(tmp_path / "m.keras").read_bytes()
    rng = np.random.default_rng(0)
    path, outcomes = tmp_path / "r.keras", set()
    for _ in range(300):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 3):
            data[place] = rng.integers(256)
        path.write_bytes(data)
        try:
            check(recognise(path))
        except ModelError as error:
            outcomes.add(error.code)
    assert "model_damaged" in outcomes
