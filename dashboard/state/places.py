"""Places of a visit: what the steps of the browser's history, Back and Forward, lead to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """What one step of the browser's history shows.

    Attributes:
        mode: One of `controls.ONE`, `controls.ALL` and `controls.TWO`; "" without any photo.
        photo: Hash of the photo in view; "" where all are, or none.
        target: The class that was chosen there last, as of `controls.DISPLAY`. Another choice is
            no other place.
    """

    mode: str = ""
    photo: str = ""
    target: str = field(default="", compare=False)


NOWHERE = Place()
"""Before any photo has come: no step leads back there, for it cannot be shown any more."""


@dataclass
class Places:
    """The places where the visitor was, by the name that the browser's history has for each.

    A name is random: the browser's history says nothing of a photo, not even its hash.

    Attributes:
        known: The places, by name.
        here: The name of the one that is shown.
        stays: Whether that is to keep its name, whatever is shown there: the browser went to it.
    """

    known: dict[str, Place] = field(default_factory=dict)
    here: str = ""
    stays: bool = False

    def name(self, place: Place) -> str:
        """The name of the place that is shown: that of before, or a new one for another place.

        Example:
            >>> places = Places()
            >>> first, second = places.name(Place("one", "a")), places.name(Place("one", "b"))
            >>> first == second, places.name(Place("one", "b")) == second
            (False, True)
            >>> places.go(first)
            Place(mode='one', photo='a', target='')
            >>> places.name(Place("one", "a")) == first
            True
        """
        before = self.known.get(self.here)
        if before is None or (before not in (place, NOWHERE) and not self.stays):
            self.here = secrets.token_hex(4)
        self.known[self.here] = place
        self.stays = False
        return self.here

    def go(self, name: str) -> Place | None:
        """Go to a step of the history, which from now on is the place that is shown.

        Even where something else is shown, as its photo was removed: the way back would end at a
        step that leads on again.

        Returns:
            The place; None if it is of a visit that is over.
        """
        place = self.known.get(name)
        self.here = name
        self.known.setdefault(name, NOWHERE)
        self.stays = True
        return place
