"""Places of a visit: the names that the browser's history has for them."""

from __future__ import annotations

import pytest

from dashboard.state.places import NOWHERE, Place, Places

A, B, ALL = Place("one", "a"), Place("one", "b"), Place("all", "")


def test_each_place_has_a_name_of_its_own_that_says_nothing_of_it():
    places = Places()
    names = [places.name(each) for each in (A, B, ALL, A)]
    assert len(set(names)) == 4  # the way leads back through the places, one by one
    assert places.name(A) == names[-1]
    assert not {"a", "b", "all"} & set(names)


def test_the_way_back_leads_to_what_was_shown_and_on_again():
    places = Places()
    names = [places.name(each) for each in (A, ALL, B)]
    assert [places.go(name) for name in reversed(names)] == [B, ALL, A]
    assert places.go(names[1]) == ALL
    assert places.name(ALL) == names[1]


@pytest.mark.parametrize("gone", [True, False])
def test_a_step_keeps_its_name_where_something_else_is_shown(gone):
    places = Places()
    places.name(A)
    known = places.name(B)
    places.name(ALL)
    name = "of a visit that is over" if gone else known
    assert places.go(name) == (None if gone else B)
    assert places.name(A) == name  # a new one would lead on again
    assert places.name(B) != name


def test_the_first_photo_takes_the_place_of_the_empty_page():
    places = Places()
    assert places.name(NOWHERE) == places.name(A)
