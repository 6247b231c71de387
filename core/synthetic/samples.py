"""The sample photos shipped with the project: rendered, each with its exact rice mask."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.synthetic.scenes import Scene, render_scene

LIST_FILE = "samples.json"
_SIZE = (720, 960)  # height, width
_QUALITY = 88


@dataclass(frozen=True)
class Sample:
    """A sample to render: the arguments of `scenes.render_scene`, and the file's name."""

    file: str
    variety: str
    layout: str
    background: str
    light: str
    seed: int


def list_samples() -> list[Sample]:
    """List the project's own samples: three for each variety, heaped and scattered."""
    rows = [
        ("Basmati", "heap", "dark table", "flash", 1013),
        ("Basmati", "heap", "wood", "window", 1015),
        ("Basmati", "scattered", "blue cloth", "window", 2),
        ("IR64", "heap", "dark table", "flash", 1009),
        ("IR64", "heap", "slate", "window", 1017),
        ("IR64", "scattered", "wood", "window", 102),
        ("Ketan", "heap", "dark table", "flash", 1008),
        ("Ketan", "heap", "patterned", "window", 1017),
        ("Ketan", "scattered", "slate", "window", 202),
    ]
    return [
        Sample(f"{variety}-{layout}-{background}.jpg".lower().replace(" ", "-"), variety, layout,
               background, light, seed)
        for variety, layout, background, light, seed in rows
    ]  # fmt: skip


def write_samples(folder: Path, wanted: list[Sample]) -> None:
    """Render samples into a folder: JPEG photos, `<stem>.mask.png`, and `samples.json`.

    A mask is white where there is rice and black elsewhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for sample in wanted:
        scene = render_scene(
            sample.variety, layout=sample.layout, background=sample.background,
            light=sample.light, height=_SIZE[0], width=_SIZE[1], seed=sample.seed,
        )  # fmt: skip
        write_scene(scene, folder / sample.file)
    write_list([vars(sample) for sample in wanted], folder)


def write_scene(scene: Scene, file: Path) -> None:
    """Write a scene as a JPEG photo, and its mask beside it as `<stem>.mask.png`."""
    Image.fromarray(scene.rgb).save(file, "JPEG", quality=_QUALITY)
    mask = Image.fromarray(np.where(scene.mask, 255, 0).astype(np.uint8))
    mask.convert("1").save(file.with_suffix(".mask.png"), "PNG", optimize=True)


def write_list(entries: list[dict[str, Any]], folder: Path) -> None:
    """Write what a folder of photos shows into its `samples.json`."""
    text = json.dumps(entries, ensure_ascii=False, indent=2)
    (folder / LIST_FILE).write_text(text + "\n", "utf-8")
