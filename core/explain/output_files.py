"""Explanations as files: pictures, arrays and a table."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import LensError, out_busy
from core.explain.cam import CLASS_AGNOSTIC
from core.explain.explanation import Explanation
from core.explain.render import Pictures
from core.explain.request import ExplainRequest
from core.images.encode import encode_png
from core.images.resize import scaled_size
from core.images.size_limits import drawn_scale
from core.texts import count_noun
from core.utils.file_lock import lock_file

COLUMNS = (
    *("file", "sha256", "predicted", "score", "target", "model", "layer", "grid"),
    *("assumed_bits", "error", "explains", "method", "map", "familiar", "familiarity"),
)
ASKED_COLUMNS = ("versus", "against")
"""What `explain` was asked; a review has them in its manifest, as they are all photos' the same."""

_FORMULA = re.compile(r"^\s*[=+\-@\t\r]")
_LONGEST_NAME = 240  # bytes of a name on disk; an ending or a number may follow


def write_explanation(
    folder: Path, pictures: Pictures, explanation: Explanation, target: str
) -> None:
    """Write `original.png`, `heatmap.png`, `overlay.png` and `maps.npz` into a photo's folder.

    `maps.npz` holds `maps` float32 [C, h, w] raw, `logits` and `scores` float32 [C], `classes`, and
    `mapped`, the classes that the maps are of.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = provenance(explanation, target)
    for name in ("original", "heatmap", "overlay"):
        (folder / f"{name}.png").write_bytes(encode_png(getattr(pictures, name), about))
    np.savez(
        folder / "maps.npz",
        maps=explanation.maps,
        logits=explanation.logits,
        scores=explanation.scores,
        classes=np.array(explanation.classes),
        mapped=np.array(explanation.mapped or explanation.classes),
    )


def remove_explanation(folder: Path) -> None:
    """Remove what `write_explanation` and `write_mask` have written of a photo, whole or not."""
    for name in ("original.png", "heatmap.png", "overlay.png", "maps.npz", "mask.png"):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):  # there is something else in it, or it was not made
        folder.rmdir()


def write_mask(folder: Path, mask: NDArray[np.bool_], explanation: Explanation) -> None:
    """Write `mask.png`, as of `mask_png`."""
    (folder / "mask.png").write_bytes(mask_png(mask, explanation))


def mask_png(mask: NDArray[np.bool_], explanation: Explanation) -> bytes:
    """A mask of the size of the pictures: white where there is rice, black elsewhere."""
    height, width = explanation.placement.photo
    size = scaled_size(height, width, drawn_scale(width, height))
    white = np.where(mask, np.uint8(255), np.uint8(0))
    large = cv2.resize(white, size, interpolation=cv2.INTER_NEAREST)
    return encode_png(large, {"Software": "Rice Lens", "Photo SHA-256": explanation.sha256})


def provenance(explanation: Explanation, target: str) -> dict[str, str]:
    """Where a picture came from, to be written into its file."""
    rows, columns = explanation.grid
    return {
        "Software": "Rice Lens",
        "Photo SHA-256": explanation.sha256,
        "Model": explanation.model,
        "Class": target,
        "Question": describe_request(explanation.request, target),
        "Method": f"{explanation.request.method} of the {_score_kind(explanation)} at "
        f"{explanation.layer}, {rows} x {columns} cells",
    }


def _score_kind(explanation: Explanation) -> str:
    return explanation.score_kind.replace("_", " ")


def describe_request(request: ExplainRequest, target: str) -> str:
    """A request in words, as a picture's file and caption say it.

    Example:
        >>> describe_request(ExplainRequest(contrast_class="IR64"), "Ketan")
        'what speaks for Ketan rather than IR64'
    """
    if request.method in CLASS_AGNOSTIC:
        return "what the layer reacts to most, whatever the class"
    speaks = "against" if request.negate else "for"
    contrast_class = f" rather than {request.contrast_class}" if request.contrast_class else ""
    return f"what speaks {speaks} {target}{contrast_class}"


def table_row(file: str, explanation: Explanation, target: str) -> dict[str, object]:
    """An explained photo's row of the table."""
    rows, columns = explanation.grid
    familiar, familiarity = familiarity_cells(explanation)
    return {
        "file": file,
        "sha256": explanation.sha256,
        "predicted": explanation.predicted,
        "score": round(float(explanation.scores.max()), 6),
        "target": target,
        "model": explanation.model,
        "layer": explanation.layer,
        "grid": f"{rows}x{columns}",
        "assumed_bits": explanation.assumed_bits,
        "error": "",
        **map_cells(explanation, target),
        "familiar": familiar,
        "familiarity": familiarity,
        "versus": explanation.request.contrast_class or "",
        "against": "yes" if explanation.request.negate else "",
    }


def map_cells(explanation: Explanation, target: str) -> dict[str, str]:
    """What the map `explains`, such as "logit", by which method; `map` is "zero" where it is."""
    return {
        "explains": _score_kind(explanation),
        "method": explanation.request.method,
        "map": "zero" if explanation.is_zero(target) else "",
    }


def familiarity_cells(explanation: Explanation) -> tuple[str, float | None]:
    """`familiar`, "yes" or "no", and `familiarity`; "" and None where that is not measured."""
    if explanation.familiarity is None:
        return "", None
    return "yes" if explanation.familiar else "no", round(explanation.familiarity, 4)


def error_row(file: str, error: str) -> dict[str, object]:
    """The row of a photo that could not be explained."""
    return {"file": file, "error": error}


AddRows = Callable[[Sequence[Mapping[str, object]]], None]


@contextmanager
def open_table(file: Path, columns: tuple[str, ...] = COLUMNS) -> Iterator[AddRows]:
    """Write a table as CSV (UTF-8) while the work goes on; no cell can act as a formula.

    Whatever ends the work, on disk are the rows added so far, and whole ones alone.

    Args:
        file: Where; its folder is made if absent.
        columns: Their names; a cell that a row lacks is empty.

    Yields:
        What adds rows: all of them, or none where the disk is full.

    Raises:
        LensError: If another process is writing into that file.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab", buffering=0) as out:
        if not lock_file(out):
            raise out_busy(file.parent)
        out.truncate(0)
        _append(out, [columns])
        yield lambda rows: _append(
            out, [[escape_formula(row.get(name)) for name in columns] for row in rows]
        )


def _append(out: FileIO, rows: Sequence[Sequence[object]]) -> None:
    """Add lines to a file; where not all of them find room, none."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    # A file's name may hold bytes that are no text.
    left = memoryview(text.getvalue().encode("utf-8", "backslashreplace"))
    whole = out.tell()
    try:
        while left:
            left = left[out.write(left) :]
    except BaseException:
        out.truncate(whole)
        out.seek(whole)
        raise


def out_unwritable(out: Path, error: OSError, done: int = 0) -> LensError:
    """The error of a folder that cannot be written to; `done` photos are in its tables already."""
    finished = f" {count_noun(done, 'photo')} done and listed there." if done else ""
    return LensError(
        "out_unwritable",
        f"{out} cannot be written to ({error.strerror or error}).{finished} Make room there, or "
        "name another folder.",
        done=done,
    )


def check_outside(out: Path, folder: Path) -> None:
    """Make sure that a folder of photos does not hold what is written.

    Raises:
        LensError: If it does, or is the same: the next run would take pictures for photos.
    """
    if folder.resolve() in (out.resolve(), *out.resolve().parents):
        raise LensError(
            "out_inside",
            f"{out} lies in the folder of photos {folder}, so its pictures would be taken for "
            "photos next time. Name a folder elsewhere.",
        )


def escape_formula(cell: object) -> object:
    """Mark a cell as text that a spreadsheet would take for a formula.

    Example:
        >>> escape_formula("=1+1"), escape_formula("rice.jpg"), escape_formula(-0.5)
        ("'=1+1", 'rice.jpg', -0.5)
    """
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def folder_names(files: Iterable[str]) -> list[str]:
    """A folder's name for each photo: its stem, without harmful characters, unlike any other.

    Example:
        >>> folder_names(["a/IMG.jpg", "b/IMG.jpg", "../..jpg"])
        ['IMG', 'IMG_2', 'photo']
    """
    taken: set[str] = set()
    names = []
    for file in files:
        base = re.sub(r'[\x00-\x1f<>:"|?*\\/]', "_", Path(file).stem).strip(" .")[:100] or "photo"
        while len(os.fsencode(base)) > _LONGEST_NAME:
            base = base[:-1]
        name, number = base, 1
        while name.casefold() in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name.casefold())
        names.append(name)
    return names
