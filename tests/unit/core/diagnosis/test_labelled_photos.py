"""Photos by their folder: which class they show, and a fair sample of them."""

from __future__ import annotations

from collections import Counter

import pytest

from core.diagnosis.labelled_photos import find_labelled_photos, sample_photos
from core.errors import LensError
from core.models.card import Card, Input, class_names

CARD = Card(class_names(["Basmati", "IR64", "Ketan"]), Input(8, 8))
NAMELESS = Card(class_names(["class 0", "class 1", "class 2"]), Input(8, 8))


@pytest.fixture
def photos(tmp_path):
    """Makes files that have a photo's name; nothing here looks into them."""

    def make(*names: str, count: int = 3):
        for name in names:
            (tmp_path / name).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                (tmp_path / name / f"{number}.jpg").touch()
        return tmp_path

    return make


def labels(known):
    return [label for _, label in known.files]


def test_folders_are_classes_in_capital_letters_or_not(photos):
    folder = photos("KETAN", "basmati", ".hidden", "empty", count=2)
    for file in (folder / "empty").iterdir():
        file.unlink()
    (folder / "notes.txt").touch()
    known = find_labelled_photos([folder], CARD)
    assert known.names == CARD.names
    assert not known.assumed
    assert labels(known) == [0, 0, 2, 2]
    assert [file.parent.name for file, _ in known.files] == ["basmati"] * 2 + ["KETAN"] * 2


def test_class_folders_may_be_given_one_by_one_and_twice(photos):
    folder = photos("a/Ketan", "b/ketan", "a/IR64")
    paths = [folder / "a" / "IR64", folder / "a" / "Ketan", folder / "b" / "ketan"]
    assert labels(find_labelled_photos(paths, CARD)) == [1, 1, 1, 2, 2, 2, 2, 2, 2]


def test_classes_that_differ_by_capital_letters_alone_stay_apart(photos):
    card = Card(class_names(["a", "A"]), Input(8, 8))
    folder = photos("first/a", "second/A", count=2)
    assert labels(find_labelled_photos([folder / "first", folder / "second"], card)) == [0, 0, 1, 1]


def test_classes_without_names_are_the_folders_in_keras_order(photos):
    known = find_labelled_photos([photos("rice10", "rice9", "Rice")], NAMELESS)
    assert known.assumed
    assert known.names == ("Rice", "rice10", "rice9")  # as sorted() does, not as people count
    named_so = find_labelled_photos([photos("x/class 2", "x/class 0") / "x"], NAMELESS)
    assert not named_so.assumed
    assert labels(named_so) == [0, 0, 0, 2, 2, 2]


def test_photos_of_unknown_class(photos):
    folder = photos("holiday", "work")
    assert find_labelled_photos([folder / "holiday"], CARD) is None
    assert find_labelled_photos([folder / "holiday"], NAMELESS) is None
    assert find_labelled_photos([folder / "holiday" / "0.jpg", folder / "work"], CARD) is None


@pytest.mark.parametrize(
    ("folders", "card", "message"),
    [
        (["Basmati", "Arborio", "Jasmine"], CARD, "called Arborio, Jasmine; its classes are Basm"),
        (["Arborio"], CARD, "called Arborio"),
        (["one", "two"], NAMELESS, r"found: 2 \(one, two\), but the model has 3 classes"),
    ],
)
def test_folders_that_are_no_classes_are_named(photos, folders, card, message):
    with pytest.raises(LensError, match=message) as error:
        find_labelled_photos([photos(*folders)], card)
    assert error.value.code == "folders_unfit"


def test_known_and_unknown_photos_do_not_mix(photos):
    folder = photos("Ketan", "other")
    with pytest.raises(LensError, match=r"0\.jpg lies in no class folder"):
        find_labelled_photos([folder / "Ketan", folder / "other" / "0.jpg"], CARD)
    with pytest.raises(LensError, match="no photo or folder"):
        find_labelled_photos([folder / "absent"], CARD)


def test_a_sample_is_bounded_balanced_and_always_the_same(photos):
    folder = photos("Basmati", "IR64", count=60)
    folder = photos("Ketan", count=5)
    known = find_labelled_photos([folder], CARD)
    drawn = sample_photos(known)
    assert Counter(label for _, label in drawn) == {0: 40, 1: 40, 2: 5}
    assert drawn == sample_photos(known)
    assert drawn != sample_photos(known, seed=1)
    assert set(drawn) <= set(known.files)
    assert list(drawn) == sorted(drawn, key=known.files.index)


def test_of_very_many_classes_as_many_as_are_enough_are_drawn(photos):
    names = [f"n{number:03}" for number in range(300)]
    card = Card(class_names(names), Input(8, 8))
    counts = Counter(
        label for _, label in sample_photos(find_labelled_photos([photos(*names)], card))
    )
    assert sum(counts.values()) == 400
    assert len(counts) == 300
    assert max(counts.values()) == 2
