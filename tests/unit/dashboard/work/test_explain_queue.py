"""Photos that came in, explained a few at a time."""

from __future__ import annotations

import logging

from core.images.decode import PREVIEW, read_photo
from core.images.preprocess import fit, place
from tests.support.page import (
    drop,
    explainer_of,
    jpeg,
    page,
    said,
    tiles,
)


def test_an_unexpected_error_hits_one_photo_and_goes_to_the_log(network, caplog):
    photo = read_photo(jpeg(2), longest=PREVIEW)
    fitted = fit(photo.rgb, place((40, 60), (64, 64), "squash"))
    network.chokes_on = explainer_of(network).prepare(fitted[None])[0]
    with caplog.at_level(logging.ERROR, "dashboard"):
        at = drop(page(), *((f"{seed}.jpg", jpeg(seed)) for seed in range(4)))
    assert len(tiles(at)) == 3
    assert "2.jpg" in [text.value for text in at.text]
    assert "Unexpected error" in said(at)
    assert "secret detail" not in said(at)
    assert "secret detail" in caplog.text
