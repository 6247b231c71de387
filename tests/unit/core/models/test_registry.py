"""Models on disk: saved small, opened safely, listed, refused with a reason."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import ModelError
from core.models.card import CARD_FILE, Card, Input, class_names, write_card
from core.models.registry import (
    DEFAULT_MODEL,
    MODEL_FILE,
    find_model,
    list_models,
    list_models_without_card,
    open_model,
    save_model,
    write_half_precision,
)

CARD = Card(class_names(["a", "b", "c"]), Input(64, 64))


@pytest.fixture(scope="module")
def saved(small_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "rice"
    save_model(small_model.keras, CARD, folder)
    return folder


@pytest.fixture(scope="module")
def wide():
    """A network with one kernel that is large enough to be stored in half precision."""
    import keras

    keras.utils.set_random_seed(1)
    layers, image = keras.layers, keras.Input((64, 64, 3))
    x = layers.Conv2D(240, 3, strides=8, activation="relu")(image)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(240, 1, name="large")(x))
    return keras.Model(image, layers.Dense(3, "softmax")(x))


@pytest.mark.tensorflow
def test_half_precision_on_disk_changes_nothing_that_matters(wide, tmp_path):
    save_model(wide, CARD, tmp_path)
    assert (tmp_path / MODEL_FILE).stat().st_size < 3 * wide.count_params()
    inputs = np.random.default_rng(0).normal(size=(4, 64, 64, 3)).astype(np.float32)
    before, after = wide(inputs), open_model(tmp_path).keras(inputs)
    assert np.abs(np.asarray(before) - np.asarray(after)).max() <= 1e-3


@pytest.mark.tensorflow
@pytest.mark.slow
def test_the_articles_model_is_stored_in_less_than_10_megabytes(article_model, tmp_path):
    save_model(article_model.keras, CARD, tmp_path)
    assert (tmp_path / MODEL_FILE).stat().st_size < 10_000_000
    inputs = np.random.default_rng(0).normal(size=(4, 64, 64, 3)).astype(np.float32)
    before, after = article_model.keras(inputs), open_model(tmp_path).keras(inputs)
    assert np.abs(np.asarray(before) - np.asarray(after)).max() <= 1e-3
    assert after.shape == (4, 3)


@pytest.mark.tensorflow
def test_the_file_is_one_that_keras_reads_by_itself(small_model, saved):
    import efficientnet.tfkeras  # noqa: F401
    import keras

    model = keras.saving.load_model(saved / MODEL_FILE)
    assert model.count_params() == small_model.keras.count_params()
    assert model(np.zeros((2, 64, 64, 3), np.float32)).shape == (2, 3)


@pytest.mark.tensorflow
def test_the_same_weights_give_the_same_file(wide, tmp_path):
    wide.save(tmp_path / "whole.keras")
    for name in ("first.keras", "second.keras"):
        write_half_precision(tmp_path / "whole.keras", tmp_path / name)
    assert (tmp_path / "first.keras").read_bytes() == (tmp_path / "second.keras").read_bytes()


@pytest.mark.tensorflow
def test_weights_too_large_for_half_precision_stay_whole(tmp_path):
    import keras

    model = keras.Sequential(
        [keras.Input((300, 200)), keras.layers.Dense(300), keras.layers.GlobalAveragePooling1D()]
    )
    model.layers[0].set_weights([np.full((200, 300), 1e6, np.float32), np.zeros(300, np.float32)])
    model.save(tmp_path / "whole.keras")
    write_half_precision(tmp_path / "whole.keras", tmp_path / "half.keras")
    loaded = keras.saving.load_model(tmp_path / "half.keras")
    assert loaded.layers[0].get_weights()[0].max() == 1e6


@pytest.mark.tensorflow
def test_models_are_listed_by_name_but_for_one_with_a_wrong_card(saved, tmp_path):
    (tmp_path / "models").mkdir()
    for name in ("second", "first"):
        (tmp_path / "models" / name).mkdir()
        (tmp_path / "models" / name / CARD_FILE).write_bytes((saved / CARD_FILE).read_bytes())
    (tmp_path / "models" / "third").mkdir()
    (tmp_path / "models" / "third" / CARD_FILE).write_text("{}")
    found = list_models(tmp_path / "models")
    assert list(found) == ["first", "second"]
    assert found["first"].names == ("a", "b", "c")


@pytest.mark.tensorflow
def test_models_without_a_card_are_listed_and_nothing_else_is(saved, tmp_path):
    shutil.copy(saved / MODEL_FILE, tmp_path / "bare.keras")
    (tmp_path / "folder").mkdir()
    shutil.copy(saved / MODEL_FILE, tmp_path / "folder" / "any name.keras")
    shutil.copy(saved / MODEL_FILE, tmp_path / ".hidden.keras")
    shutil.copytree(saved, tmp_path / "with card")
    (tmp_path / "notes.txt").write_text("rice")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.h5").touch()
    (tmp_path / "link.keras").symlink_to(tmp_path / "nowhere")
    assert list_models_without_card(tmp_path) == ["bare.keras", "folder"]
    assert list_models_without_card(tmp_path / "nowhere") == []
    assert all(
        find_model(name, tmp_path) == tmp_path / name for name in list_models_without_card(tmp_path)
    )


def test_the_default_stands_first_then_a_demonstration_and_single_grains_last(tmp_path):
    proof = {"cue": "mark", "photos": 1, "follows": 1.0, "stays": 1.0}
    there = {"grounds": ["wood"], "grains": 1, "accuracy": 1.0, "interval": [0.2, 1.0]}
    kinds = (
        *(("a-demo", {"planted": proof}), ("a-grains", {"grains": there})),
        *(("b", {}), (DEFAULT_MODEL, {}), ("c", {})),
    )
    for name, kind in kinds:
        (tmp_path / name).mkdir()
        write_card(replace(CARD, **kind), tmp_path / name)
    assert list(list_models(tmp_path)) == [DEFAULT_MODEL, "b", "c", "a-demo", "a-grains"]


@pytest.mark.tensorflow
def test_a_model_is_found_by_name_or_by_path(saved):
    assert find_model("rice", saved.parent) == saved
    assert find_model(str(saved), saved) == saved
    (saved.parent / "ckpt-1.index").touch()
    assert find_model("ckpt-1", saved.parent) == saved.parent / "ckpt-1"
    with pytest.raises(ModelError, match="Installed are: rice"):
        find_model("rise", saved.parent)


@pytest.mark.tensorflow
def test_a_bare_file_opens_and_says_what_it_assumes(made):
    opened = open_model(made("keras3"))
    assert opened.card.names == ("class 0", "class 1", "class 2")
    assert opened.card.input == Input(48, 48, "imagenet", "squash")
    assert any("imagenet" in assumption for assumption in opened.card.assumptions)


@pytest.mark.tensorflow
def test_a_card_beside_a_bare_file_is_its_card(made, tmp_path):
    path = Path(shutil.copy(made("keras3"), tmp_path / "bare.keras"))
    card = Card(class_names(["a", "b", "c"]), Input(48, 48, "0-1", "letterbox"))
    write_card(card, tmp_path)
    opened = open_model(path)
    assert (opened.name, opened.card) == ("bare.keras", card)
    assert opened.frozen.shape == (48, 48, 3)


@pytest.mark.tensorflow
def test_a_saved_model_with_its_card_inside_opens(made, tmp_path):
    shutil.copytree(made("keras3_export"), tmp_path / "rice")
    card = Card(class_names(["a", "b", "c"]), Input(48, 48, "-1-1", "crop"))
    write_card(card, tmp_path / "rice")
    opened = open_model(tmp_path / "rice")
    assert (opened.name, opened.card, opened.keras) == ("rice", card, None)


@pytest.mark.tensorflow
def test_the_card_says_the_size_of_what_takes_any(made, tmp_path):
    path = Path(shutil.copy(made("free_size"), tmp_path))
    write_card(Card(class_names(["a", "b", "c"]), Input(96, 64)), tmp_path)
    opened = open_model(path)
    assert opened.frozen.shape == (96, 64, 3)
    assert opened.card.assumptions == ()


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("card", "message"),
    [
        (Card(class_names(["a", "b"]), Input(48, 48)), "names 2 classes"),
        (Card(class_names(["a", "b", "c"]), Input(96, 96)), "96 x 96"),
        (
            Card(class_names(["a", "b", "c"]), Input(48, 48, channels=1)),
            "48 x 48 x 1, but the model takes 48 x 48 x 3",
        ),
    ],
)
def test_a_card_that_does_not_fit_its_model_is_refused(made, tmp_path, card, message):
    shutil.copy(made("keras3"), tmp_path / MODEL_FILE)
    write_card(card, tmp_path)
    with pytest.raises(ModelError, match=message) as error:
        open_model(tmp_path)
    assert error.value.code == "card_unfit"


@pytest.mark.tensorflow
def test_an_empty_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="no model"):
        open_model(tmp_path)


@pytest.mark.tensorflow
def test_files_that_are_no_models_are_refused(saved, tmp_path):
    whole = (saved / MODEL_FILE).read_bytes()
    for data in (b"", b"not a model", whole[: len(whole) // 2]):
        (tmp_path / "bad.keras").write_bytes(data)
        with pytest.raises(ModelError, match=r"damaged|no model"):
            open_model(tmp_path / "bad.keras")


@pytest.mark.tensorflow
def test_code_that_came_with_a_model_is_not_run(tmp_path):
    import keras

    marker = tmp_path / "ran"
    body = [keras.Input((32, 32, 3)), keras.layers.GlobalAveragePooling2D()]
    path = str(marker)
    layer = keras.layers.Lambda(lambda x: (open(path, "w").close(), x)[1])
    model = keras.Sequential([*body, layer, keras.layers.Dense(2, "softmax")])
    model.save(tmp_path / "lambda.keras")
    assert zipfile.is_zipfile(tmp_path / "lambda.keras")
    marker.unlink(missing_ok=True)
    with pytest.raises(ModelError, match="Lambda"):
        open_model(tmp_path / "lambda.keras")
    assert not marker.exists()
