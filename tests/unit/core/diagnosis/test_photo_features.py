"""What is measured of a photo's file: format, size, tables, camera."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.diagnosis.photo_features import GROUPS, describe_photo
from core.errors import PhotoError


@pytest.fixture
def picture():
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(90, 160, (60, 80, 3)).astype(np.uint8))


def saved(picture, folder, name, **options):
    picture.save(folder / name, **options)
    return describe_photo(folder / name)


def test_every_group_has_numbers_of_one_shape_for_any_format(picture, tmp_path):
    one = saved(picture, tmp_path, "a.jpg", quality=90)
    other = saved(picture, tmp_path, "a.png")
    assert tuple(one.blocks) == GROUPS[:-1]
    for group in one.blocks:
        shapes = [[each.shape for each in photo.blocks[group]] for photo in (one, other)]
        assert shapes[0] == shapes[1]


def test_tables_tell_the_quality_and_the_format(picture, tmp_path):
    fine, coarse = (
        saved(picture, tmp_path, f"{quality}.jpg", quality=quality).blocks["compression"][0]
        for quality in (95, 60)
    )
    assert coarse.mean() > fine.mean() > 0
    png = saved(picture, tmp_path, "a.png")
    assert not png.blocks["compression"][0].any()
    assert png.blocks["file"][0].argmax() == 1


def test_size_is_measured_against_what_the_picture_needs(picture, tmp_path):
    smooth = picture.resize((8, 6)).resize((80, 60))
    sizes = [
        saved(each, tmp_path, "a.jpg", quality=75, subsampling=2).blocks["file"]
        for each in (picture, smooth)
    ]
    assert np.allclose(sizes[0][1], np.log([80, 60]))
    assert np.allclose([size[2] for size in sizes], 0, atol=0.25)


def test_a_camera_is_called_by_its_name(picture, tmp_path):
    assert saved(picture, tmp_path, "a.jpg").camera == ""
    exif = Image.Exif()
    exif[271], exif[272] = "Maker", "Model 3\0"
    assert saved(picture, tmp_path, "b.jpg", exif=exif).camera == "Maker Model 3"


def test_what_is_no_photo_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"nothing")
    with pytest.raises(PhotoError):
        describe_photo(tmp_path / "a.jpg")
