"""Photos decoded for the page."""

from __future__ import annotations

from core.images.decode import read_photo
from dashboard.state.session import Entry, Session
from dashboard.work import photo_previews
from tests.support.page import (
    choose,
    drop,
    jpeg,
    page,
)


def test_the_photo_is_decoded_once_while_it_is_in_view(network, monkeypatch):
    decoded = []
    monkeypatch.setattr(
        photo_previews, "read_photo", lambda *a, **k: decoded.append(1) or read_photo(*a, **k)
    )
    at = drop(page(), ("a.jpg", jpeg(1)))
    for blend in (0, 10, 90):
        choose(at, "blend", blend)
    choose(at, "target", "B")
    assert len(decoded) == 1


def test_the_last_photo_that_is_looked_at_closely_is_kept_with_its_own_pixels(
    monkeypatch,
):
    read, session = [], Session()
    monkeypatch.setattr(
        photo_previews, "read_photo", lambda *a, **k: read.append(1) or read_photo(*a, **k)
    )
    entries = [Entry(f"{seed}.jpg", jpeg(seed, 1200, 900)) for seed in (1, 2)]
    for entry, reads in ((entries[0], 1), (entries[0], 1), (entries[1], 2), (entries[0], 3)):
        file = photo_previews.sharp(session, entry, (900, 1200))
        assert read_photo(file).rgb.shape == (900, 1200, 3)
        assert len(read) == reads
