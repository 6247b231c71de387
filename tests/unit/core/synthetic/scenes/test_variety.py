"""Varieties are described by what can be measured of their grains."""

from __future__ import annotations

import pytest

from core.synthetic.scenes import VARIETIES


def test_each_variety_stands_under_its_name_and_is_longer_than_wide() -> None:
    for name, variety in VARIETIES.items():
        assert variety.name == name
        assert variety.ratio > 1
        for share in (variety.opacity, variety.chalky, variety.broken, variety.taper):
            assert 0 <= share <= 1


def test_sticky_rice_is_chalk_and_the_others_are_glass() -> None:
    assert VARIETIES["Ketan"].opacity == 1
    assert max(VARIETIES[name].opacity for name in ("Basmati", "IR64")) < 0.7


def test_the_table_of_varieties_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        VARIETIES["Basmati"] = VARIETIES["Ketan"]  # type: ignore[index]
