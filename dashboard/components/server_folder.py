"""Folders of photos on the server, which the operator opens to visitors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import streamlit as st

from core.errors import LensError
from core.review.listing import ListedPhoto, list_photos
from dashboard.i18n.translate import Texts, escape
from dashboard.state.callback import guarded
from dashboard.state.session import Entry, Session

MOST = 500
"""Photos taken from a folder at once. Of more, the command line makes a review: a page that a
person looks at needs no more of them, and a session keeps what it knows of each in memory."""


def draw(say: Texts, session: Session, folder: Path) -> None:
    """Draw the choice among the operator's folders.

    Args:
        say: The texts.
        session: Gets the photos.
        folder: The operator's; links in it are not followed.
    """
    try:
        photos = list_photos(folder, ()).photos
    except LensError as error:
        st.error(escape(say.error(error)), icon=":material/error:")
        return
    with st.container(key="shelf", horizontal=True, vertical_alignment="bottom"):
        if not photos:
            st.info(say("shelf.none"), icon=":material/info:")
            return
        counts = folders(photos)
        chosen = st.selectbox(
            say("shelf.choose"),
            list(counts),
            format_func=lambda name: say.plain(
                "shelf.folder", name=name or folder.resolve().name, count=counts[name]
            ),
            key="shelf-folder",
            width=420,
        )
        taken = min(MOST, counts[chosen])
        st.button(
            say("shelf.take", count=taken),
            key="shelf-take",
            on_click=guarded(_take),
            args=(session, folder, photos, chosen),
        )
        if counts[chosen] > MOST:
            st.caption(say("shelf.most", count=MOST, photos=counts[chosen]))


PUBLIC = "folder/"
"""Begins the name of such a set of photos in a link; then comes the folder, "" for all of them."""


def photos_in(folder: Path, chosen: str) -> list[Entry]:
    """The photos of one of the operator's folders, at most `MOST`; none if there is none.

    Raises:
        LensError: If the operator's folder cannot be read.
    """
    photos = list_photos(folder, ()).photos
    return _entries(folder, photos, chosen) if chosen in folders(photos) else []


def folders(photos: Sequence[ListedPhoto]) -> dict[str, int]:
    """The folders that photos lie in, at any depth, and how many there are; "" is all of them.

    Example:
        >>> names = "Ketan/2026/a.jpg", "b.jpg"
        >>> folders([ListedPhoto(number, Path(name), name) for number, name in enumerate(names)])
        {'': 2, 'Ketan': 1, 'Ketan/2026': 1}
    """
    counts: Counter[str] = Counter()
    for photo in photos:
        counts.update(str(each).removeprefix(".") for each in PurePosixPath(photo.file).parents)
    return dict(sorted(counts.items()))


def _take(session: Session, folder: Path, photos: Sequence[ListedPhoto], chosen: str) -> None:
    session.add(_entries(folder, photos, chosen))
    session.source = ""


def _entries(folder: Path, photos: Sequence[ListedPhoto], chosen: str) -> list[Entry]:
    """The photos of a folder; the folders around them may name their class."""
    inside = [photo for photo in photos if not chosen or photo.file.startswith(f"{chosen}/")]
    return [
        Entry(f"{folder.resolve().name}/{photo.file}", photo.path, public=f"{PUBLIC}{chosen}")
        for photo in inside[:MOST]
        if isinstance(photo.path, Path)
    ]
