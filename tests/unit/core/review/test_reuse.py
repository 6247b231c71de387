"""A review with more photos than an earlier one asks of these alone."""

from __future__ import annotations

from core.review.listing import list_photos
from core.review.reuse import EarlierResult, reuse_results
from core.review.worker import ReviewSettings, ReviewTask, review_photos
from tests.support.photo_folders import write_photo


def test_what_is_known_is_not_asked_again_and_the_rest_is_as_ever(shipped, tmp_path):
    for number in range(5):
        write_photo(tmp_path / "Ketan" / f"{number}.jpg", number)
    (tmp_path / "Ketan" / "empty.jpg").write_bytes(b"")
    listed = list_photos(tmp_path, shipped.card.names).photos
    pictures: dict[str, bytes] = {}
    rows = list(review_photos(listed, ReviewTask(shipped, ReviewSettings(), pictures.__setitem__)))
    known = {
        row.file: EarlierResult(row, pictures.get(row.picture, b""))
        for row in rows
        if row.file != "Ketan/3.jpg"
    }

    # The folder has got another name and one photo more, which comes first.
    (tmp_path / "Ketan").rename(tmp_path / "ir64")
    write_photo(tmp_path / "another.jpg", 9)
    later = list_photos(tmp_path, shipped.card.names).photos
    moved = {file.replace("Ketan", "ir64"): each for file, each in known.items()}
    asked: list[str] = []

    def watched(photos, task):
        asked.extend(photo.file for photo in photos)
        return review_photos(photos, task)

    new: dict[str, bytes] = {}
    task = ReviewTask(shipped, ReviewSettings(), new.__setitem__)
    found = list(reuse_results(moved, watched)(later, task))
    assert asked == ["ir64/3.jpg", "another.jpg"] or asked == ["another.jpg", "ir64/3.jpg"]
    assert [row.file for row in found] == [photo.file for photo in later]
    assert [row.number for row in found] == list(range(7))
    before = {row.file.replace("Ketan", "ir64"): row for row in rows}
    for row in found:
        assert row.true == ("IR64" if "/" in row.file else "")
        assert bool(row.picture) == (row.code == "")
        if row.file in moved:
            assert row.score == before[row.file].score
            assert row.code == before[row.file].code
            assert new.get(row.picture, b"") == pictures.get(before[row.file].picture, b"")
    assert set(new) == {row.picture for row in found if row.picture}
