"""Photos for the demonstration of two models, one honest and one with a shortcut.

Rendered: no pixel comes from a photo. On the first three the ground has the colour that the model
with the shortcut learned for that variety, so both models are right; on the others it has another
class's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.synthetic.samples import write_list, write_scene
from core.synthetic.scenes import Scene, render_background, render_scene
from core.validation.shortcut_models.cases import VARIETIES
from core.validation.shortcut_models.cues import GROUND_COLOURS, recolour
from core.validation.shortcut_models.rendered_scenes import SCENE_VARIETIES

_SIZE = (600, 800)  # height, width


@dataclass(frozen=True)
class DemoPhoto:
    """A photo of the demonstration.

    Attributes:
        file: Its name.
        variety: Of the grains.
        ground: Variety whose colour the ground has.
        layout: One of `scenes.LAYOUTS`.
        cloth: Pattern of the ground, one of `scenes.BACKGROUNDS`.
        light: One of `scenes.LIGHTS`.
        seed: Of the rest.
    """

    file: str
    variety: str
    ground: str
    layout: str
    cloth: str
    light: str
    seed: int


def demo_photos() -> list[DemoPhoto]:
    """List the demonstration's photos: three on grounds of the shortcut, three on others."""
    rows = [
        ("Basmati", "Basmati", "heap", "white cloth", "window", 31),
        ("Ipsala", "Ipsala", "scattered", "slate", "window", 22),
        ("Karacadag", "Karacadag", "heap", "paper", "window", 223),
        ("Basmati", "Karacadag", "scattered", "white cloth", "window", 24),
        ("Ipsala", "Basmati", "heap", "paper", "window", 55),
        ("Karacadag", "Ipsala", "scattered", "slate", "window", 36),
    ]
    return [DemoPhoto(f"photo-{number}.jpg", *row) for number, row in enumerate(rows, 1)]


def render_demo_photo(shot: DemoPhoto) -> Scene:
    """Render a photo of the demonstration."""
    rng = np.random.default_rng([shot.seed, 99])
    pattern = render_background(shot.cloth, *_SIZE, rng)
    ground = recolour(pattern, GROUND_COLOURS[VARIETIES.index(shot.ground)], rng)
    return render_scene(
        SCENE_VARIETIES[shot.variety], layout=shot.layout, background=ground, light=shot.light,
        height=_SIZE[0], width=_SIZE[1], seed=shot.seed,
    )  # fmt: skip


def write_demo_photos(folder: Path, wanted: list[DemoPhoto]) -> None:
    """Render photos into a folder: JPEG, `<stem>.mask.png`, and a list, as `list_samples` does."""
    folder.mkdir(parents=True, exist_ok=True)
    for shot in wanted:
        write_scene(render_demo_photo(shot), folder / shot.file)
    write_list([vars(shot) for shot in wanted], folder)
