"""A visitor's session: photos, explanations, choices, until the browser tab is closed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from core.errors import LensError, PhotoError
from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest
from core.images.decode import file_bytes
from dashboard.state.recent_cache import RecentCache

if TYPE_CHECKING:
    from core.review.review_notes import Note

T = TypeVar("T")
DEFAULT_REQUEST = ExplainRequest()
"""What every photo is asked when it comes in; the scores are the same for any request."""

_PREVIEWS = 8
_RESULTS = 24


@dataclass(frozen=True, eq=False)
class Entry:
    """A file that the visitor gave or chose.

    Attributes:
        name: As the visitor's device calls it, maybe with folders around it: a stranger's text.
        content: The file's bytes, or the operator's file that has them.
        variety: Of a rendered sample, what was rendered; else empty.
        public: The set of photos it belongs to, if everybody may see that; empty for an upload.
    """

    name: str
    content: bytes | Path
    variety: str = ""
    public: str = ""

    @property
    def data(self) -> bytes:
        """The file's bytes.

        Raises:
            PhotoError: If the operator's file cannot be read any more.
        """
        return self.content if isinstance(self.content, bytes) else file_bytes(self.content)

    @cached_property
    def sha256(self) -> str:
        """The hash of the bytes: the photo's identity."""
        try:
            return hashlib.sha256(self.data).hexdigest()
        except PhotoError:  # is said when the photo is to be shown
            return hashlib.sha256(self.name.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class MaskEdit:
    """The visitor's changes to a rice mask.

    Attributes:
        level: How much like rice a pixel must be to count as it, 0 to 1.
        inverted: Whether rice and background are swapped.
        right: Whether the visitor says that it is right now.
        painted: What was painted over it by hand, as of `work.painted_mask`.
    """

    level: float = 0.5
    inverted: bool = False
    right: bool = False
    painted: bytes = b""


@dataclass
class Session:
    """The state of one session.

    Attributes:
        photos: By hash, in the order they came; one of which nothing can be shown is in
            `unreadable`.
        unreadable: Why a file cannot be shown, by its hash, whatever the model.
        thumbnails: JPEG bytes by hash, of the photos that could be read.
        explanations: By model, request and hash.
        failed: Why a photo could not be explained, by model and hash.
        mask_edits: By the photo's hash.
        notes: The visitor's, by the model's identity and the photo's hash.
        selected: Hash of the photo in view.
        arrived: Hashes of what came last, until one of them is in view.
        listed: Hashes of the photos in the review's list, as it is narrowed down and ordered.
        doubtful: Those of them that are doubtful and bear no mark.
        marked: Hash of the photo that was left when it was marked, until another way is taken.
        uploads: Ids of the uploads that have been looked at.
        source: What is open beside the drop zone: one of `photo_upload.SOURCES`, or "".
        shots: How many pictures the camera took.
        asked_to_work: Whether the next run is to work, see `work.next_run`.
        round: How often the visitor started over: a new number gives an empty drop zone.
        previews: The photos as the page shows them, by hash; see `work.photo_previews`.
        results: What was computed lately, by what it is of.
        parts: What other modules keep here, see `part`.
    """

    photos: dict[str, Entry] = field(default_factory=dict)
    unreadable: dict[str, LensError] = field(default_factory=dict)
    thumbnails: dict[str, bytes] = field(default_factory=dict)
    explanations: dict[tuple[str, ExplainRequest, str], Explanation] = field(default_factory=dict)
    failed: dict[tuple[str, str], LensError] = field(default_factory=dict)
    mask_edits: dict[str, MaskEdit] = field(default_factory=dict)
    notes: dict[tuple[str, str], Note] = field(default_factory=dict)
    selected: str = ""
    arrived: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    marked: str = ""
    uploads: set[str] = field(default_factory=set)
    source: str = ""
    shots: int = 0
    asked_to_work: bool = False
    round: int = 0
    previews: RecentCache = field(default_factory=partial(RecentCache, _PREVIEWS))
    results: RecentCache = field(default_factory=partial(RecentCache, _RESULTS))
    parts: dict[type[Any], Any] = field(default_factory=dict)

    def part(self, kind: type[T]) -> T:
        """What another module keeps in the session, made when it is first asked for.

        Example:
            >>> session = Session()
            >>> session.part(list).append(1)
            >>> session.part(list)
            [1]
        """
        value: T = self.parts.setdefault(kind, kind())
        return value

    def add(self, entries: Iterable[Entry]) -> int:
        """Take files in.

        Returns:
            How many were here already: the same bytes count once.
        """
        came = [(entry.sha256, entry) for entry in entries]
        new = {sha256: entry for sha256, entry in came if sha256 not in self.photos}
        self.photos.update(new)
        self.arrived = tuple(new or dict(came))
        return len(came) - len(new)

    def start_over(self, keep: type[Any]) -> None:
        """Forget everything but one part.

        In place: Streamlit keeps what controls were drawn with after they are gone.
        """
        parts = {keep: self.part(keep)}
        fresh = Session(shots=self.shots, round=self.round + 1, parts=parts)
        vars(self).update(vars(fresh))

    def dismiss(self, sha256: str) -> None:
        """Forget a file of which nothing can be shown."""
        self.photos.pop(sha256, None)
        self.unreadable.pop(sha256, None)
        self.failed = {key: error for key, error in self.failed.items() if key[1] != sha256}

    def select(self, sha256: str) -> None:
        """Bring a photo into view."""
        self.selected = sha256
        self.arrived, self.marked = (), ""

    def leave_marked(self) -> None:
        """Go on to the next doubtful photo without a mark: further down the list, or from its top.

        Example:
            >>> session = Session(selected="b", listed=(*"abcd",), doubtful=(*"abd",))
            >>> session.leave_marked()
            >>> session.selected, session.marked, session.doubtful
            ('d', 'b', ('a', 'd'))
        """
        here = self.selected
        self.doubtful = tuple(each for each in self.doubtful if each != here)
        place = self.listed.index(here) if here in self.listed else -1
        further = [each for each in self.doubtful if self.listed.index(each) > place]
        if self.doubtful:
            self.select((further or self.doubtful)[0])
            self.marked = here

    def step(self, order: Sequence[str], by: int) -> None:
        """Bring the photo into view that stands so many places further in a list, if there is one.

        From the photo in view now: of two fast clicks, the second one comes before the page is
        drawn for the first one.

        Example:
            >>> session = Session(selected="a")
            >>> for _ in range(2):
            ...     session.step(["a", "b", "c"], 1)
            >>> session.selected
            'c'
            >>> session.step(["a", "b", "c"], 1)
            >>> session.selected
            'c'
        """
        place = order.index(self.selected) + by if self.selected in order else -1
        if 0 <= place < len(order):
            self.select(order[place])

    def error(self, model: str, sha256: str) -> LensError | None:
        """Why nothing can be shown of a photo, if so."""
        return self.unreadable.get(sha256) or self.failed.get((model, sha256))

    def explained(self, model: str) -> list[Entry]:
        """The photos that the model has explained, in order."""
        return [
            entry
            for key, entry in self.photos.items()
            if (model, DEFAULT_REQUEST, key) in self.explanations
        ]

    def ordered(self, model: str) -> list[Entry]:
        """The photos that the model has explained, as the review lists them.

        In the order they came, where the photo in view is not on its list.
        """
        explained = self.explained(model)
        if self.selected not in self.listed:
            return explained
        place = {sha256: number for number, sha256 in enumerate(self.listed)}
        return sorted(
            (entry for entry in explained if entry.sha256 in place),
            key=lambda entry: place[entry.sha256],
        )

    def waiting(self, model: str) -> list[Entry]:
        """The photos that the model has yet to explain, in order; first the one of a link."""
        waiting = [
            entry
            for key, entry in self.photos.items()
            if (model, DEFAULT_REQUEST, key) not in self.explanations
            and self.error(model, key) is None
        ]
        return sorted(waiting, key=lambda entry: entry.sha256 not in self.arrived)

    def bring_into_view(self, model: str) -> bool:
        """See to it that a photo with an explanation is in view: the first that came last.

        Returns:
            Whether there is one.
        """
        explained = [entry.sha256 for entry in self.explained(model)]
        came = [key for key in self.arrived if key in explained]
        if came:
            self.select(came[0])
        elif explained and self.selected not in explained:
            self.select(explained[0])
        return bool(explained)


def current_session() -> Session:
    """This session."""
    session: Session = st.session_state.setdefault("session", Session())
    return session
