"""Honest models of every kind pass, the shipped ones too; hostile folders do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from core.errors import ModelError
from core.models.files import safety
from core.models.files.formats import KINDS, ModelFile, recognise
from core.models.files.safety import check
from core.models.registry import MODELS
from tests.support.hostile_files import archive, h5, refused, untouched


def classifier(library):
    """A tiny classifier with what honest ones have: augmentation, nesting, sharing, swish."""
    layers = library.layers
    backbone = library.Sequential(
        [
            library.Input((8, 8, 3)),
            layers.Rescaling(1 / 255),
            layers.RandomFlip(),
            layers.Conv2D(4, 3, activation="swish", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
        ]
    )
    photo = library.Input((8, 8, 3))
    features = layers.GlobalAveragePooling2D()(backbone(photo * 2.0 - 1.0))
    scores = layers.Dense(3, activation="softmax")(layers.Dropout(0.2)(features))
    model = library.Model(photo, scores)
    model.compile("adam", "categorical_crossentropy", ["accuracy"])
    return model


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Path:
    """A folder of honest models of every kind and both generations of Keras."""
    import keras
    import tensorflow as tf
    import tf_keras

    folder = tmp_path_factory.mktemp("honest")
    for generation, library in ((3, keras), (2, tf_keras)):
        model = classifier(library)
        for ending in (".keras", ".h5", ".hdf5"):
            model.save(folder / f"{generation}{ending}")
        model.save_weights(folder / f"{generation}.weights.h5")
        model.export(str(folder / f"{generation}-exported"))
        tf.train.Checkpoint(model=model).save(str(folder / f"{generation}-checkpoint" / "ck"))
    model.save_weights(folder / "2-weights.h5")
    model.save(folder / "2-saved")
    tf.saved_model.save(model, str(folder / "2-plain"))
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        classifier(keras).save(folder / "3-mixed.keras")
        keras.mixed_precision.set_dtype_policy("bfloat16")
        classifier(keras).save(folder / "3-narrow.keras")
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    return folder


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "kind", "generation"),
    [
        ("3.keras", "keras", 3),
        ("3-mixed.keras", "keras", 3),
        ("3-narrow.keras", "keras", 3),
        ("3.h5", "h5", 3),
        ("3.hdf5", "h5", 3),
        ("3.weights.h5", "weights", 3),
        ("3-exported", "savedmodel", 0),
        ("3-checkpoint", "checkpoint", 0),
        ("2.keras", "keras", 2),
        ("2.h5", "h5", 2),
        ("2.hdf5", "h5", 2),
        ("2.weights.h5", "weights", 0),
        ("2-weights.h5", "weights", 2),
        ("2-saved", "savedmodel", 2),
        ("2-plain", "savedmodel", 0),
        ("2-exported", "savedmodel", 0),
        ("2-checkpoint", "checkpoint", 0),
    ],
)
def test_honest_models_are_recognised_and_pass(honest, name, kind, generation):
    model = recognise(honest / name)
    assert (model.kind, model.generation) == (kind, generation)
    assert bool(model.config) == (kind in ("keras", "h5"))
    if generation and kind != "savedmodel" and not name.endswith(".weights.h5"):
        assert int(model.versions["keras"][0]) == generation
    check(model)


@pytest.mark.parametrize("name", sorted(path.name for path in MODELS.iterdir() if path.is_dir()))
def test_the_shipped_models_pass(name):
    for path in (MODELS / name, MODELS / name / "model.keras"):
        check(recognise(path))


def test_a_keras_file_is_checked_without_tensorflow():
    program = (
        "import sys\n"
        "from core.models.files.formats import recognise\n"
        "from core.models.registry import MODELS\n"
        "from core.models.files.safety import check\n"
        "check(recognise(MODELS / 'rice-64'))\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    root = Path(safety.__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True)


@pytest.mark.tensorflow
@pytest.mark.parametrize("where", ["saved_model.pb", "variables/variables.index", "assets/x"])
def test_links_in_a_savedmodel_are_not_followed(honest, tmp_path, where):
    folder, secret = copied(honest / "2-plain", tmp_path), tmp_path / "secret"
    secret.write_bytes(b"secret")
    (folder / where).unlink(missing_ok=True)
    (folder / where).symlink_to(secret)
    with untouched(secret):
        refused(folder, "model_elsewhere")


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ["saved_model.cpb", "saved_model.pbtxt"])
def test_a_second_graph_in_a_savedmodel_is_refused(honest, tmp_path, name):
    folder = copied(honest / "2-plain", tmp_path)
    (folder / name).write_bytes(b"")
    refused(folder, "model_strange")


@pytest.mark.tensorflow
def test_files_without_measure_are_refused_by_size_alone(honest, tmp_path):
    folder = copied(honest / "2-plain", tmp_path)
    holes = folder / "variables" / "variables.data-00000-of-00001"
    with holes.open("r+b") as file:
        file.truncate(5 << 30)
    refused(folder, "model_too_large")
    holes.unlink()
    with (folder / "saved_model.pb").open("r+b") as file:
        file.truncate(300 << 20)
    refused(folder, "model_too_large")


@pytest.mark.tensorflow
def test_a_checkpoint_has_all_its_parts_and_no_links(honest, tmp_path):
    folder = copied(honest / "2-checkpoint", tmp_path)
    (folder / "checkpoint").write_text('model_checkpoint_path: "/etc/passwd"\n')
    check(recognise(folder))
    (data,) = folder.glob("*.data-*")
    more = data.with_name(data.name.replace("00000-of-00001", "00001-of-00002"))
    data.rename(more)
    refused(folder, "model_damaged")
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    more.unlink()
    data.symlink_to(secret)
    with untouched(secret):
        refused(next(folder.glob("*.index")), "model_elsewhere")


def test_every_kind_is_checked_whatever_its_configuration(tmp_path):
    """What `recognise` did not find in a file is no reason to trust the file."""

    def linked(path):
        with h5py.File(path, "a") as file:
            file["link"] = h5py.SoftLink("/elsewhere")
        return path

    (tmp_path / "bad.onnx").write_bytes(b"\x08\x08\x12 and no more")
    saved = tmp_path / "saved"
    saved.mkdir()
    for name in ("saved_model.pb", "saved_model.cpb"):
        (saved / name).touch()
    hostile = {
        "keras": archive(tmp_path / "bad.keras", **{"code.py": b""}),
        "h5": linked(h5(tmp_path / "bad.h5")),
        "weights": linked(h5(tmp_path / "bad.weights.h5")),
        "savedmodel": saved,
        "checkpoint": tmp_path / "no checkpoint",
        "onnx": tmp_path / "bad.onnx",
    }
    assert tuple(hostile) == KINDS
    for kind, path in hostile.items():
        with pytest.raises(ModelError) as caught:
            check(ModelFile(kind, path))
        assert caught.value.code in ("model_strange", "model_elsewhere", "model_damaged")
    for ending in ("index", "data-00000-of-00001"):
        (tmp_path / f"ck.{ending}").touch()
    honest = {
        "keras": archive(tmp_path / "good.keras"),
        "h5": h5(tmp_path / "good.h5"),
        "checkpoint": tmp_path / "ck",
    }
    for kind, path in honest.items():
        check(ModelFile(kind, path))
        with pytest.raises(ModelError, match="Lambda"):
            check(ModelFile(kind, path, config={"class_name": "Lambda", "config": {}}))


def copied(source: Path, target: Path) -> Path:
    """A copy of a folder, to be spoiled."""
    folder = target / source.name
    for file in source.rglob("*"):
        copy = folder / file.relative_to(source)
        if file.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    (folder / "assets").mkdir(exist_ok=True)
    return folder
