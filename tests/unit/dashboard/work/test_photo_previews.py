"""Photos decoded for the page."""

from __future__ import annotations

from core.images.decode import read_photo
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
