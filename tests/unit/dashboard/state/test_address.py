"""What a link names, and what a stranger writes into one."""

from __future__ import annotations

import pytest

from dashboard.state.address import CHOICES, Link, from_params, to_params
from dashboard.state.controls import DEFAULTS

USUAL = {key: DEFAULTS[key] for key in CHOICES}
CHOSEN = {
    **{"target": "ケタン & <b>", "blend": 0, "colors": "jet", "panes": 1, "pane": "heatmap"},
    **{"curtain": True, "heat_only": True, "cells": True, "outline": True, "scale": "shared"},
    **{"kind": "rather", "other": "IR64", "method": "score-cam", "layers": ["a,b", "c"]},
    **{"finer": 8, "mode": "two", "review-show": "gallery", "gallery-scale": "shared"},
    **{"two-what": "photos", "two-right-photos": "f" * 16, "two-right-classes": "IR64"},
    **{"two-right-methods": "layer-cam", "two-right-models": "rice-64"},
}


def test_a_link_names_every_choice_and_only_what_is_not_the_default():
    assert CHOSEN.keys() == set(CHOICES)
    assert all(CHOSEN[key] != USUAL[key] for key in CHOICES)
    link = Link("rice-64", "folder/Ketan/2026", "0123456789abcdef", CHOSEN)
    params = to_params(link)
    assert params.keys() == {"model", "photos", "photo", *CHOICES}
    assert from_params(params) == link
    assert to_params(Link(choices=USUAL)) == {}
    assert from_params({}) == Link(choices=USUAL)


BAD = ["", "x", "-1", "101", "1e1", "0x1", "٣", "NaN", "1" * 5000, "True", "<script>", "\0", "null"]


@pytest.mark.parametrize("bad", BAD)
def test_what_makes_no_sense_counts_as_not_given(bad):
    free = {"target", "other", "layers", *(key for key in CHOICES if key.startswith("two-right-"))}
    wrong = {key: [bad] for key in CHOICES if key not in free}
    assert from_params({**wrong, "photo": [bad]}) == Link(choices=USUAL)


def test_the_last_of_several_counts_but_for_layers():
    given = {"blend": ["10", "20"], "layers": ["a", "b"], "mode": [], "sharp": ["f" * 64]}
    read = from_params({**given, "more": ["1"]})
    assert read.choices == {**USUAL, "blend": 20, "layers": ["a", "b"]}
