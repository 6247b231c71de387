"""Counts as text: a line for each variety, and one for what was not classified."""

from __future__ import annotations

from core.grain_counting.counts import Counts, VarietyShare
from core.grain_counting.counts_text import counts_text, sizes_text
from core.grain_counting.sizes import SizeSummary, spread

SHARES = (VarietyShare("Basmati", 9, 0.9, 0.6, 0.98), VarietyShare("IR64", 1, 0.1, 0.02, 0.4))


def test_all_that_was_found_has_its_line():
    assert counts_text(Counts(SHARES, 10, 2, 5, 3, 4, 10)).splitlines() == [
        "28 grains, 10 of them classified",
        "Basmati     9   90.0 %  (95 % interval 60.0 to 98.0 %)",
        "IR64        1   10.0 %  (95 % interval 2.0 to 40.0 %)",
        "broken: 10, 50.0 % of the single grains (95 % interval 29.9 to 70.1 %)",
        "not separated: 2 pieces, about 5 grains by area",
        "cut by the photo's edge: 3",
        "too small for a grain, not counted: 4",
    ]


def test_what_is_not_sure_has_no_interval_and_says_why():
    few = counts_text(Counts(SHARES, 10, 0, 0, 0, 0, unsure=2)).splitlines()
    assert few[0] == "10 grains, 10 of them classified, 2 of these not surely"
    assert "95 % interval" in few[1]
    many = counts_text(Counts(SHARES, 10, 0, 0, 0, 0, unsure=3)).splitlines()
    assert many[1].startswith("the varieties are not sure")
    assert many[2] == "Basmati     9   90.0 %  (not sure)"
    strange = counts_text(Counts(SHARES, 10, 0, 0, 0, 0, unfamiliar=6)).splitlines()
    assert "6 look like no grain that the model learned from" in strange[1]
    alike = counts_text(Counts(SHARES, 10, 0, 0, 0, 0), doubtful=2).splitlines()
    assert alike[1].startswith("not sure: in 2 photos rice and background look alike")
    assert alike[2] == "Basmati     9   90.0 %  (not sure)"


def test_what_was_not_found_has_none():
    assert len(counts_text(Counts(SHARES, 10, 0, 0, 0, 0)).splitlines()) == 3
    assert "1 piece, about 2 grains" in counts_text(Counts(SHARES, 10, 1, 2, 0, 0))


def test_sizes_say_their_unit_and_no_spread_of_one_grain():
    sizes = SizeSummary(spread([60.0, 62.0]), spread([20.0, 20.0]))
    assert sizes_text(sizes, "px").splitlines() == [
        "length: mean 61.0 px, median 61.0 px, standard deviation 1.4 px",
        "width: mean 20.0 px, median 20.0 px, standard deviation 0.0 px",
    ]
    one = SizeSummary(spread([6.0]), spread([2.0]))
    assert sizes_text(one, "mm").splitlines()[0] == "length: mean 6.00 mm, median 6.00 mm"
