"""Pictures are turned as their Exif notes say."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from core.images.orientation import ON_ITS_SIDE, read_orientation, turn_upright

ORIENTATION = 0x0112


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_pillow_turns_it(orientation: int) -> None:
    stored = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    image = Image.fromarray(stored)
    image.getexif()[ORIENTATION] = orientation
    assert read_orientation(image) == orientation
    upright = turn_upright(stored, orientation)
    np.testing.assert_array_equal(upright, np.asarray(ImageOps.exif_transpose(image)))
    assert upright.flags.c_contiguous
    assert (upright.shape == (3, 2, 3)) == (orientation in ON_ITS_SIDE)


def test_damaged_notes_leave_a_picture_as_it_is() -> None:
    image = Image.new("RGB", (3, 2))
    image.info["Raw profile type exif"] = "\nexif\n8\nno digits"
    assert read_orientation(image) == 1
