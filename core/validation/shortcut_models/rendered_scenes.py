"""Rendered scenes for models with a shortcut, from no real photo.

Drawn in the proportions that the grains of the data set have, measured on 40 of each variety.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.synthetic.scenes import BACKGROUNDS, LAYOUTS, VARIETIES, Scene, Variety, render_scene

SCENE_VARIETIES: Mapping[str, Variety] = MappingProxyType(
    {
        "Basmati": VARIETIES["Basmati"],
        "Ipsala": Variety(
            "Ipsala",
            length=7.2,
            ratio=2.18,
            spread=0.07,
            colour=(240, 240, 230),
            opacity=0.75,
            chalky=0.1,
            broken=0.03,
            curve=0.01,
            taper=0.14,
            bluntness=2.6,
            germ=0.55,
            gloss=0.2,
            streak=0.25,
        ),
        "Karacadag": Variety(
            "Karacadag",
            length=5.0,
            ratio=1.57,
            spread=0.06,
            colour=(238, 238, 236),
            opacity=0.85,
            chalky=0.5,
            broken=0.03,
            curve=0.005,
            taper=0.1,
            bluntness=2.4,
            germ=0.3,
            gloss=0.15,
            streak=0.15,
        ),
    }
)
"""How to render each of `shortcut_photos.VARIETIES`."""

TRAINING_SCENES = 3_000_000
"""Seeds of training scenes begin here; samples and tests use smaller ones."""


def render_training_scene(variety: str, number: int, seed: int = 0, side: int = 320) -> Scene:
    """Render a scene to train on, in turn over layouts and backgrounds.

    Args:
        variety: A key of `SCENE_VARIETIES`.
        number: From 0.
        seed: Another gives other scenes.
        side: Of the photo in pixels.
    """
    return render_scene(
        SCENE_VARIETIES[variety],
        layout=LAYOUTS[number % len(LAYOUTS)],
        background=BACKGROUNDS[number // len(LAYOUTS) % len(BACKGROUNDS)],
        height=side,
        width=side,
        seed=TRAINING_SCENES
        + seed * 100_000
        + 10_000 * list(SCENE_VARIETIES).index(variety)
        + number,
    )
