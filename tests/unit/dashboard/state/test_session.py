"""What a session keeps."""

from __future__ import annotations

import pytest

from core.errors import LensError, PhotoError
from dashboard.state.session import DEFAULT_REQUEST, Entry, Session


def photo(number: int) -> Entry:
    return Entry(f"{number}.jpg", bytes([number]))


def of(*numbers: int) -> Session:
    session = Session()
    session.add(photo(number) for number in numbers)
    return session


def explain(session: Session, *numbers: int) -> None:
    for number in numbers:
        session.explanations["m", DEFAULT_REQUEST, photo(number).sha256] = object()


def test_the_same_bytes_are_one_photo():
    session = of(1, 2)
    assert session.add([photo(2), photo(3), photo(3)]) == 2
    assert [entry.name for entry in session.photos.values()] == ["1.jpg", "2.jpg", "3.jpg"]


def test_photos_wait_until_they_are_explained_or_cannot_be():
    session = of(1, 2, 3, 4)
    explain(session, 2)
    session.unreadable[photo(3).sha256] = LensError("a", "broken")
    session.failed["m", photo(4).sha256] = LensError("b", "not by this model")
    assert [entry.name for entry in session.explained("m")] == ["2.jpg"]
    assert [entry.name for entry in session.waiting("m")] == ["1.jpg"]
    assert [entry.name for entry in session.waiting("other")] == ["1.jpg", "2.jpg", "4.jpg"]
    for _ in range(2):  # a click may be heard twice
        session.dismiss(photo(4).sha256)
    assert session.error("m", photo(4).sha256) is None
    assert len(session.photos) == 3


def test_the_first_of_the_new_photos_comes_into_view_and_stays():
    session = of(1, 2)
    assert not session.bring_into_view("m")
    explain(session, 1, 2)
    assert session.bring_into_view("m")
    assert session.selected == photo(1).sha256
    session.add([photo(1), photo(3), photo(4)])
    explain(session, 3, 4)
    session.bring_into_view("m")
    assert session.selected == photo(3).sha256
    session.select(photo(2).sha256)
    session.bring_into_view("m")
    assert session.selected == photo(2).sha256


def test_what_another_module_keeps_is_one_for_each_session():
    one, other = Session(), Session()
    one.part(list).append(1)
    assert one.part(list) == [1]
    assert other.part(list) == []


def test_a_photo_that_is_gone_from_the_operators_folder_is_named(tmp_path):
    entry = Entry("gone.jpg", tmp_path / "gone.jpg")
    assert len(entry.sha256) == 64
    with pytest.raises(PhotoError) as error:
        _ = entry.data
    assert error.value.code == "unopened"
