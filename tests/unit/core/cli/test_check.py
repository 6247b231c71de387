"""`check` from the command line: what a model is, which convention it takes, and the saved card."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from core.__main__ import main
from core.diagnosis.conventions import Convention
from core.explain import open_explainer as opening
from core.explain.familiarity import FAMILIARITY_FILE
from core.explain.open_explainer import open_explainer
from core.models.card import CARD_FILE, Card, Input, class_names, read_card, write_card
from tests.conftest import ROOT
from tests.support import convention_model

pytestmark = pytest.mark.tensorflow

TRAINED = Convention("-1-1", "bgr", "crop")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A user's cache folder of this module's own: the model is compiled once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def use_cache(cache, monkeypatch):
    monkeypatch.setattr(opening, "user_cache_path", lambda *_, **__: cache)


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    return convention_model.write_photos(tmp_path_factory.mktemp("colours") / "photos")


@pytest.fixture(scope="module")
def alphabetical(tmp_path_factory):
    """The classes' folders in the order of the outputs, for a model without names."""
    names = {name: f"{number} {name}" for number, name in enumerate(convention_model.COLOURS)}
    return convention_model.write_photos(tmp_path_factory.mktemp("ordered") / "photos", names=names)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return convention_model.write_model(tmp_path_factory.mktemp("written"), TRAINED)


@pytest.fixture
def bare(written, tmp_path):
    """A model's file alone in its folder, without a card."""
    (tmp_path / "own").mkdir()
    return shutil.copy(written, tmp_path / "own" / "colours.keras")


@pytest.fixture
def carded(bare):
    """The same with a card that is wrong but for the classes."""
    write_card(
        Card(class_names(list(convention_model.COLOURS)), Input(*convention_model.SIZE, "0-1")),
        bare.parent,
    )
    return bare


def check(capsys, *arguments):
    """Exit code, and what was printed as one line."""
    code = main(["check", *map(str, arguments)])
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    here = str(arguments[0].parent)  # how long that is, is not the program's
    assert max((len(line.replace(here, "")) for line in lines), default=0) <= 80
    return code, " ".join(printed.out.split()), printed.err


def test_a_model_is_described_without_photos(bare, capsys):
    code, out, _ = check(capsys, bare)
    assert code == 0
    assert "Keras 3 archive (.keras); saved by Keras 3." in out
    assert "input 12 x 12 pixels, fixed; 3 channels (colour)" in out
    assert "shown as 0-1 in RGB, squash (assumed)" in out
    assert "classes 6: class 0, class 1" in out
    assert "head softmax of 6 classes" in out
    assert "runs compiled, by ONNX Runtime" in out
    assert "12 x 12 cells 6 colours (last convolution)" in out
    assert "- its 6 classes have no names" in out


def test_an_assumption_that_was_wrong_is_found_and_saved_with_the_names(bare, alphabetical, capsys):
    code, out, _ = check(capsys, bare, alphabetical, "--save")
    assert code == 0
    right = int(re.search(r"is right on 84 of 84 photos instead of (\d+)", out)[1])
    assert right < 42
    assert "assumed that it takes 0-1, RGB, squash, but with -1-1, BGR, crop it is right" in out
    assert "Assumed: they are the folders in alphabetical order" in out
    assert "numbers: 0-1 -> -1-1; order of the colours: rgb -> bgr; geometry: squash -> crop" in out
    card = open_explainer(bare).card
    assert card == read_card(bare.parent / CARD_FILE)
    assert card.input == Input(*convention_model.SIZE, "-1-1", "crop", order="bgr")
    assert card.names == tuple(f"{n} {name}" for n, name in enumerate(convention_model.COLOURS))
    assert card.assumptions == ()
    assert sorted(os.listdir(bare.parent)) == [CARD_FILE, "colours.keras", FAMILIARITY_FILE]
    assert "Saved what 84 photos look like to it" in out
    assert len(open_explainer(bare).familiarity.pooled) == 84  # shown as the card says now
    code, out, _ = check(capsys, bare, alphabetical)
    assert code == 0
    assert "Evidently it was trained on numbers as -1-1 in BGR, as its card says: right on" in out


def test_a_card_that_was_wrong_is_corrected_and_keeps_the_rest(carded, colours, capsys):
    before = read_card(carded.parent / CARD_FILE)
    code, out, _ = check(capsys, carded, colours)
    assert code == 0
    assert "Its card says 0-1, RGB, squash, but with -1-1, BGR, crop it is right" in out
    assert read_card(carded.parent / CARD_FILE) == before
    code, out, _ = check(capsys, carded, colours, "--save")
    assert code == 0
    assert "numbers: 0-1 -> -1-1" in out
    after = read_card(carded.parent / CARD_FILE)
    assert after.input == Input(*convention_model.SIZE, "-1-1", "crop", order="bgr")
    assert after.classes == before.classes


def test_photos_that_cannot_tell_change_nothing(carded, tmp_path, capsys):
    folder = convention_model.write_photos(tmp_path / "photos", count=6)
    for number, name in enumerate(
        convention_model.COLOURS
    ):  # every class holds photos of all colours
        (folder / name).rename(folder / f"taken {number}")
        (folder / name).mkdir()
    for number in range(6):
        for photo in range(6):
            name = list(convention_model.COLOURS)[(number + photo) % 6]
            source = folder / f"taken {number}" / f"{photo}.png"
            source.rename(folder / name / f"{number}.png")
        (folder / f"taken {number}").rmdir()
    before = (carded.parent / CARD_FILE).read_bytes()
    code, out, err = check(capsys, carded, folder, "--save")
    assert code == 1
    assert "These photos cannot tell what it was trained with: no convention makes it right" in out
    assert "Evident" not in out
    assert "nothing is saved" in err
    assert (carded.parent / CARD_FILE).read_bytes() == before
    assert check(capsys, carded, folder)[0] == 0


def test_a_few_photos_leave_it_open(carded, tmp_path, capsys):
    folder = convention_model.write_photos(tmp_path / "photos", count=1)
    code, out, _ = check(capsys, carded, folder, "--save")
    assert code == 1
    assert "These photos cannot tell" in out


def test_photos_of_unknown_class_claim_nothing(carded, colours, capsys):
    photo = colours / "Red" / "0.png"
    code, out, _ = check(capsys, carded, photo)
    assert code == 0
    assert "A photo with unknown class" in out
    assert re.search(r"-1-1 BGR +\d+% ", out)
    assert out.count("<- its card") == 1
    assert "Evident" not in out
    code, out, err = check(capsys, carded, photo, colours / "White" / "0.png", "--save")
    assert code == 1
    assert "2 photos with unknown class" in out
    assert "What is familiar to it is not saved: 20 photos of two scenes at least" in out
    assert "nothing is saved" in err


def test_unreadable_photos_are_named_and_left_out(carded, colours, tmp_path, capsys):
    folder = shutil.copytree(colours, tmp_path / "photos")
    (folder / "Red" / "0.png").write_bytes(b"no photo")
    code, out, err = check(capsys, carded, folder)
    assert code == 1
    assert "83 photos with known class" in out
    assert f"{folder / 'Red' / '0.png'}: This" in err


@pytest.mark.parametrize("arguments", [["--save"], ["nowhere"]])
def test_what_cannot_be_done_is_said(arguments, carded, capsys):
    code, _, err = check(capsys, carded, *arguments)
    assert code == 2
    assert err.startswith("error: ")


def test_folders_of_other_classes_are_an_error(carded, alphabetical, capsys):
    code, _, err = check(capsys, carded, alphabetical)
    assert code == 2
    assert "No class of the model is called 0 Black" in err


def test_tensorflow_stays_out_where_the_compiled_form_is_at_hand():
    photo = ROOT / "assets" / "samples" / "ketan-scattered-slate.jpg"
    command = [sys.executable, "-X", "importtime", "-m", "core", "check", "rice-64", str(photo)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {"core.diagnosis.conventions", "onnxruntime"} <= imported
    assert not imported & {"tensorflow", "keras", "tf_keras"}
    assert "<- its card" in done.stdout
