"""The photos of a review as pictures."""

from __future__ import annotations

from dashboard.i18n.translate import Texts
from tests.support.page import choose

EN = Texts("en")


def test_the_gallery_has_a_picture_of_each_photo_that_could_be_read(reviewed):
    choose(reviewed, "review-show", "gallery")
    shots = [each for each in reviewed.button if str(each.key).startswith("open-")]
    assert len(shots) == 2  # of what could not be read there is no picture
    own = [image.proto.imgs[0].url for image in reviewed.get("image")]
    choose(reviewed, "gallery-scale", "shared")
    assert [image.proto.imgs[0].url for image in reviewed.get("image")] != own
    shots[0].click().run()
    assert reviewed.session_state["mode"] == "one"
