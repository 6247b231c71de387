"""Pictures as files."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from core.images.encode import encode_jpeg, encode_png
from tests.support.photo_files import noisy, quadrants


@pytest.mark.parametrize("shape", [(5, 7, 3), (5, 7)], ids=["colours", "grey"])
def test_a_png_carries_its_pixels_and_where_it_came_from(shape):
    rgb = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    about = {"Class": "もち米", "Model": "rice-64"}
    file = io.BytesIO(encode_png(rgb, about))
    Image.open(file).verify()  # the checksums
    with Image.open(file) as image:
        assert about.items() <= image.info.items()  # it stands before the pixels
        assert (np.asarray(image) == rgb).all()


@pytest.mark.parametrize(("quality", "within"), [(85, 4), (92, 3)])
def test_a_jpeg_looks_like_the_picture(quality, within):
    rgb = np.asarray(quadrants((64, 48)))
    file = encode_jpeg(rgb, quality)
    assert file == encode_jpeg(rgb.copy(), quality)
    with Image.open(io.BytesIO(file)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (64, 48))
        assert np.abs(np.asarray(image).astype(int) - rgb).mean() < within


@pytest.mark.parametrize(("quality", "sampling"), [(85, 2), (92, 0)], ids=["4:2:0", "4:4:4"])
def test_high_quality_keeps_all_of_the_colours(quality, sampling):
    with Image.open(io.BytesIO(encode_jpeg(np.asarray(noisy()), quality))) as image:
        assert JpegImagePlugin.get_sampling(image) == sampling
