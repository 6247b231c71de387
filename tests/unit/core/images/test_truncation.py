"""Half a photo is not shown as if it were whole."""

from __future__ import annotations

import pytest
from PIL import Image

from core.errors import PhotoError
from core.images.decode import read_photo
from core.images.photo_formats import ACCEPTED
from tests.support.photo_files import encode, noisy, refused


@pytest.mark.parametrize("share", [0.1, 0.6, 0.97])
@pytest.mark.parametrize("format", ACCEPTED)
def test_a_cut_file_is_refused_as_such(format: str, share: float) -> None:
    data = encode(noisy(), format)
    error = refused(data[: int(len(data) * share)])
    assert (error.code, error.facts) == ("truncated", {"format": format})


@pytest.mark.parametrize("longest", [None, 40])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_cut_jpeg_with_an_end_mark_is_not_shown_half_grey(
    share: float, longest: int | None
) -> None:
    data = encode(noisy(), "JPEG")
    with pytest.raises(PhotoError) as caught:
        read_photo(data[: int(len(data) * share)] + b"\xff\xd9", longest=longest)
    assert caught.value.code == "truncated"


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_grey_photo_is_not_taken_for_a_cut_one(mode: str) -> None:
    data = encode(Image.new("L", (70, 50), 128).convert(mode), "JPEG")
    assert (read_photo(data).rgb == 128).all()
