"""Hostile HDF5 files, alone and in a `.keras` archive: nothing they point to is opened."""

from __future__ import annotations

from io import BytesIO

import h5py
import numpy as np
import pytest
from h5py import h5s, h5t

from core.errors import ModelError
from core.models.files.formats import recognise
from core.models.files.safety import check
from tests.support.hostile_files import archive, h5, little_memory, refused, untouched


@pytest.fixture(params=["h5", "keras", "weights"])
def hostile(request, tmp_path):
    """Makes a model file of an HDF5 file that a function wrote something hostile into."""

    def make(write):
        if request.param == "keras":
            held = BytesIO()
            with h5py.File(held, "w") as file:
                write(file.create_group("layers"))
            return archive(tmp_path / "m.keras", held=held.getvalue())
        if request.param == "weights":
            with h5py.File(tmp_path / "m.weights.h5", "w") as file:
                write(file.create_group("layers"))
            return tmp_path / "m.weights.h5"
        path = h5(tmp_path / "m.h5")
        with h5py.File(path, "a") as file:
            write(file["model_weights"])
        return path

    return make


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.h5"
    with h5py.File(path, "w") as file:
        file["kernel"] = np.full(8, 42.0)
    return path


def test_links_to_other_files_are_not_followed(hostile, secret):
    path = hostile(lambda group: group.__setitem__("k", h5py.ExternalLink(secret, "kernel")))
    with untouched(secret):
        assert "/k" in str(refused(path, "model_elsewhere"))


def test_links_within_the_file_are_refused_too(hostile):
    refused(
        hostile(lambda group: group.__setitem__("k", h5py.SoftLink("/absent"))), "model_elsewhere"
    )


def test_numbers_stored_in_other_files_are_not_read(hostile, secret):
    def write(group):
        group.create_dataset("k", (8,), "f8", external=[(str(secret), 0, 64)])

    path = hostile(write)
    with untouched(secret):
        refused(path, "model_elsewhere")


@pytest.mark.parametrize("shape", [(8,), (h5s.UNLIMITED,)])
def test_virtual_datasets_are_not_looked_through(hostile, secret, shape):
    def write(group):
        layout = h5py.VirtualLayout((8,), "f8", maxshape=(None,))
        source = h5py.VirtualSource(secret, "kernel", (8,), maxshape=(None,))
        if shape == (8,):
            layout[:] = source
        else:
            layout[0 : h5s.UNLIMITED : 1] = source[0 : h5s.UNLIMITED : 1]
        group.create_virtual_dataset("k", layout)

    path = hostile(write)
    with untouched(secret):
        refused(path, "model_elsewhere")


@pytest.mark.parametrize("options", [{}, {"chunks": (1 << 20,)}, {"compression": "gzip"}])
def test_more_declared_than_stored_is_not_filled(hostile, options):
    path = hostile(lambda group: group.create_dataset("k", (1 << 31,), "f4", **options))
    assert path.stat().st_size < 1 << 20
    with little_memory():
        assert refused(path, "model_too_large").facts["megabytes"] == 8192


def test_many_small_promises_are_added_up(hostile):
    def write(group):
        for number in range(100):
            group.create_dataset(str(number), (1 << 20,), "f4")

    refused(hostile(write), "model_too_large")


def test_compressed_zeros_are_refused_by_their_ratio(hostile):
    def write(group):
        group.create_dataset("k", data=np.zeros(32 << 20, "f4"), compression="gzip")

    path = hostile(write)
    with little_memory():
        refused(path, "model_too_large")


@pytest.mark.parametrize(
    "value",
    [
        np.array(["text"], h5t.string_dtype()),
        np.array([(1, 2.0)], "i4,f4"),
        np.array([h5py.Reference()], h5t.ref_dtype),
        np.zeros(2, "V8"),
        np.zeros(2, "c8"),
    ],
    ids=["text", "compound", "reference", "opaque", "complex"],
)
def test_what_is_no_number_is_no_weight(hostile, value):
    path = hostile(lambda group: group.create_dataset("k", data=value, dtype=value.dtype))
    refused(path, "model_strange")


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i8", "u4", "?", "V2"])
def test_numbers_of_every_width_pass(hostile, dtype):
    check(recognise(hostile(lambda group: group.create_dataset("k", data=np.zeros(2, dtype)))))


def test_a_group_in_itself_ends(hostile):
    refused(hostile(lambda group: group.__setitem__("k", group)), "model_strange")


def test_groups_without_end_are_refused(hostile):
    refused(hostile(lambda group: group.create_group("/".join("k" * 100))), "model_strange")


def test_named_types_plugins_and_reference_attributes_are_refused(hostile):
    def plugin(group):
        made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        made.set_chunk((4,))
        made.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
        space = h5s.create_simple((4,))
        h5py.h5d.create(group.id, b"k", h5t.NATIVE_FLOAT, space, made)

    refused(hostile(plugin), "model_strange")
    refused(hostile(lambda group: group.__setitem__("t", np.dtype("f4"))), "model_strange")
    refused(
        hostile(lambda group: group.attrs.__setitem__("r", group.ref)),
        "model_strange",
    )


def test_a_description_of_many_texts_is_refused(tmp_path):
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = ["{}", "{}"]
    refused(tmp_path / "m.h5", "model_strange")


def test_a_user_block_is_refused(tmp_path):
    path = tmp_path / "m.h5"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["k"] = np.zeros(3)
    refused(path, "model_strange")


@pytest.mark.parametrize("make", [h5, archive])
def test_no_damage_makes_anything_but_a_refusal(tmp_path, make):
    whole = make(tmp_path / "w").read_bytes()
    rng = np.random.default_rng(0)
    outcomes = set()
    for _ in range(200):
        data = bytearray(whole)
        for place in rng.integers(8, len(data), 2):
            data[place] = rng.integers(256)
        (tmp_path / "m").write_bytes(data)
        try:
            check(recognise(tmp_path / "m"))
        except ModelError as error:
            outcomes.add(error.code)
    assert "model_damaged" in outcomes
