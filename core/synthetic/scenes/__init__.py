"""Renderer of rice photos: numbers and a seed in, photo and exact labels out.

No pixel comes from a photo. Use them as samples (say that they are rendered), as tests with a known
answer, or as extra training photos.
"""

from __future__ import annotations

from core.synthetic.scenes.background import BACKGROUNDS, render_background
from core.synthetic.scenes.layout import LAYOUTS
from core.synthetic.scenes.light import LIGHTS
from core.synthetic.scenes.scene import Scene, render_scene
from core.synthetic.scenes.variety import VARIETIES, Variety

__all__ = [
    "BACKGROUNDS",
    "LAYOUTS",
    "LIGHTS",
    "VARIETIES",
    "Scene",
    "Variety",
    "render_background",
    "render_scene",
]
