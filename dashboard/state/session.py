"""What one session keeps: photos, explanations, choices. Gone when the browser's tab is closed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from core.errors import LensError, PhotoError
from core.evidence.results import Step
from core.explain.explanation import Explanation
from core.explain.request import ExplainRequest
from core.images.decode import file_bytes
from dashboard.work.model_pool import Model

if TYPE_CHECKING:
    from core.review.review_notes import Note
    from dashboard.work.review_job import Review

T = TypeVar("T")
PLAIN = ExplainRequest()
"""What every photo is asked when it comes in; the answer's scores are those of any question."""

_REMEMBERED = 24


@dataclass(frozen=True, eq=False)
class Entry:
    """A file that the visitor gave or chose.

    Attributes:
        name: As the visitor's device calls it, maybe with folders around it: a stranger's text.
        content: The file's bytes, or the operator's file that has them.
        variety: Of a rendered sample, what was rendered; else empty.
    """

    name: str
    content: bytes | Path
    variety: str = ""

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
        except PhotoError:  # is told when it is to be shown
            return hashlib.sha256(self.name.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class Marking:
    """How the visitor wants a photo's rice marked.

    Attributes:
        level: How much like rice a pixel must be to count as it, 0 to 1.
        inverted: Whether rice and background are swapped.
    """

    level: float = 0.5
    inverted: bool = False


@dataclass
class Own:
    """A model that the visitor brought.

    Attributes:
        folder: Holds its files; removed with the session.
        path: Where the model is in it; None if none came, or none that can be opened.
        model: The model, once it is open.
        error: Why there is none.
        round: How many came: a new number gives an empty drop zone.
    """

    folder: TemporaryDirectory[str] | None = None
    path: Path | None = None
    model: Model | None = None
    error: LensError | None = None
    round: int = 0

    def forget(self, error: LensError | None = None) -> None:
        """Remove its files, and keep why."""
        if self.folder:
            self.folder.cleanup()
        self.folder, self.path, self.model, self.error = None, None, None, error


@dataclass
class Session:
    """What one session keeps.

    Attributes:
        photos: By hash, in the order they came; one of which nothing can be shown is in `refused`.
        refused: Why a file cannot be shown, by its hash, whatever the model.
        thumbnails: JPEG bytes by hash, of the photos that could be read.
        explanations: By model, question and hash.
        failed: Why a photo could not be explained, by model and hash.
        own: The model that the visitor brought.
        markings: Of the rice, by the photo's hash.
        under_way: Evidence that can go on where it was, and what it is of.
        reviews: Of all photos: by model, whether it is asked more, and the photos' hashes.
        listed: Hashes of the photos in the list, as it is narrowed down and ordered.
        notes: The visitor's, by the model's identity and the photo's hash.
        selected: Hash of the photo in view.
        asked: The class and the question that the page was drawn for.
        arrived: Hashes of what came last, until one of them is in view.
        taken: Ids of the uploads that have been looked at.
        way: The way in that is open beside the drop zone: one of `photo_upload.WAYS`, or "".
        shots: How many pictures the camera took.
        round: How often the visitor started over: a new number gives an empty drop zone.
    """

    photos: dict[str, Entry] = field(default_factory=dict)
    refused: dict[str, LensError] = field(default_factory=dict)
    thumbnails: dict[str, bytes] = field(default_factory=dict)
    explanations: dict[tuple[str, ExplainRequest, str], Explanation] = field(default_factory=dict)
    failed: dict[tuple[str, str], LensError] = field(default_factory=dict)
    own: Own = field(default_factory=Own)
    markings: dict[str, Marking] = field(default_factory=dict)
    under_way: tuple[Hashable, Iterator[Step]] | None = None
    reviews: dict[tuple[str, bool, tuple[str, ...]], Review] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    notes: dict[tuple[str, str], Note] = field(default_factory=dict)
    selected: str = ""
    asked: tuple[str, ExplainRequest] = ("", PLAIN)
    arrived: tuple[str, ...] = ()
    taken: set[str] = field(default_factory=set)
    way: str = ""
    shots: int = 0
    round: int = 0
    _recent: dict[Hashable, Any] = field(default_factory=dict)

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

    def dismiss(self, sha256: str) -> None:
        """Forget a file of which nothing can be shown."""
        del self.photos[sha256]
        self.refused.pop(sha256, None)
        self.failed = {key: error for key, error in self.failed.items() if key[1] != sha256}

    def select(self, sha256: str) -> None:
        """Bring a photo into view."""
        self.selected = sha256
        self.arrived = ()

    def error(self, model: str, sha256: str) -> LensError | None:
        """Why nothing can be shown of a photo, if so."""
        return self.refused.get(sha256) or self.failed.get((model, sha256))

    def explained(self, model: str) -> list[Entry]:
        """The photos that the model has explained, in order."""
        return [
            entry for key, entry in self.photos.items() if (model, PLAIN, key) in self.explanations
        ]

    def waiting(self, model: str) -> list[Entry]:
        """The photos that the model has yet to explain, in order."""
        return [
            entry
            for key, entry in self.photos.items()
            if (model, PLAIN, key) not in self.explanations and self.error(model, key) is None
        ]

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

    def remember(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        """What `make` gives, made anew only if it was not wanted lately."""
        value = self._recent.pop(key) if key in self._recent else make()
        self._recent[key] = value
        while len(self._recent) > _REMEMBERED:
            del self._recent[next(iter(self._recent))]
        return value


def current() -> Session:
    """This session."""
    session: Session = st.session_state.setdefault("session", Session())
    return session


def start_over() -> None:
    """Forget all photos."""
    before = current()
    st.session_state.session = Session(shots=before.shots, round=before.round + 1, own=before.own)
